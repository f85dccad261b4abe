using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Training.Optimizers;
using SAMed.MLNet.Estimators.Training.Replicas;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Runtime;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>The training loop: any architecture, any adapter. What trains is the network's decision, how it trains is <see cref="TrainingOptions"/>.</summary>
public sealed class SegmentationTrainer
{
    private readonly PreprocessingOptions _preprocessing;
    private readonly IReadOnlyList<Device> _devices;
    private FeatureCache? _opened;

    /// <summary>Trains <paramref name="network"/>, which lies on <paramref name="device"/> and stays the caller's, in place.</summary>
    /// <exception cref="ArgumentException">An option is out of range, the image size is not the network's, the network is not float32, features are to be cached and the network has no frozen block or an adapter that is not LoRA, or <paramref name="device"/> is not the first of <see cref="TrainingOptions.Devices"/>.</exception>
    /// <exception cref="DeviceNotAvailableException">This process has not all of the devices.</exception>
    /// <exception cref="IOException">A file lies where features are to be cached.</exception>
    public SegmentationTrainer(SamNetwork network, Device device, TrainingOptions options, PreprocessingOptions preprocessing)
    {
        options.Validate();
        preprocessing.Validate();
        if (preprocessing.ImageSize != network.Options.ImageSize)
        {
            throw new ArgumentException($"The network sees {network.Options.ImageSize}×{network.Options.ImageSize} pixels, and slices would be prepared at {preprocessing.ImageSize}.", nameof(preprocessing));
        }
        VolumePredictor.RequireByteClasses(network);
        RequireFloat32(network);
        FeatureCache.Require(network, options);
        (Network, Device, Options, _preprocessing) = (network, device, options, preprocessing);
        _devices = TrainingDevices.All(options, device);
    }

    internal SamNetwork Network { get; }

    internal Device Device { get; }

    internal TrainingOptions Options { get; }

    /// <summary>Epochs after which training stops for now, counted from the run's first; null = to the end.</summary>
    internal int? UntilEpoch { get; init; }

    /// <exception cref="ArgumentException">There is no such epoch.</exception>
    internal static void RequireEpoch(int? untilEpoch, TrainingOptions options)
    {
        if (untilEpoch is { } epoch && (epoch < 1 || epoch > options.Epochs))
        {
            throw new ArgumentException($"UntilEpoch must be 1 to Epochs ({options.Epochs}), got {epoch}. Leave it out to train to the end.");
        }
    }

    /// <summary>Opens the feature cache, where one is asked for, for the next call of Train: so that a folder that cannot be used is told before the run's own folder is written.</summary>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    internal void OpenFeatures(int slices, ITrainingObserver observer) => _opened = FeatureCache.Open(Network, Device, Options, _preprocessing, slices, observer);

    /// <summary>Trains without leaving anything on disk; the network holds the last weights afterwards.</summary>
    public TrainingResult Train(
        IReadOnlyList<StoredSlice> training, IReadOnlyList<StoredSlice> validation, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Train(InMemory(training), NullIfEmpty(validation), store: null, progress, cancellationToken);

    /// <summary>Trains on <paramref name="training"/>, validates on <paramref name="validation"/> (may be empty), and keeps everything in <paramref name="folder"/>.
    /// A folder that holds the state of an interrupted run is continued, on as many devices bit for bit. Cancellation saves and returns with <see cref="TrainingResult.Interrupted"/>.</summary>
    /// <exception cref="TrainingDivergedException">A loss or weight is not finite.</exception>
    public TrainingResult Train(
        IReadOnlyList<StoredSlice> training, IReadOnlyList<StoredSlice> validation, RunFolder folder, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Train(InMemory(training), NullIfEmpty(validation), folder, progress, cancellationToken);

    /// <summary>Trains on slices from anywhere. <paramref name="validation"/> is read once per validation; null = none.</summary>
    internal TrainingResult Train(
        ISliceSource training, IEnumerable<StoredSlice>? validation, ITrainingStore? store, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        if (training.Count == 0)
        {
            throw new ArgumentException("There is no slice to train on.", nameof(training));
        }
        var cache = Interlocked.Exchange(ref _opened, null) ?? FeatureCache.Open(Network, Device, Options, _preprocessing, training.Count, progress as ITrainingObserver);
        var feed = new SampleFeed(training, Options, _preprocessing, Network.Options.LowResSize, cache);
        using var source = CreateSource();
        using var optimizer = CreateOptimizer(source.Parameters);
        var schedule = new LearningRateSchedule(Options.LearningRate, Options.WarmupSteps, (long)Options.ResolvedScheduleEpochs * feed.StepsPerEpoch, Options.LearningRateExponent);
        var state = store?.Restore(optimizer) ?? new TrainingState { Slices = training.Count };
        if (state.Slices != training.Count)
        {
            throw new ArgumentException($"The interrupted run had {state.Slices} slices to train on, and now there are {training.Count}: it cannot be continued on other data.", nameof(training));
        }
        source.Share();
        using var mode = new TrainingMode(Network, Options);
        using var tf32 = new Tf32Mode(Options.AllowTf32);
        var dice = validation is null ? null : new ValidationDice(validation, _preprocessing, Network.Options.NumClasses, Math.Max(Options.BatchSize, 4));
        var result = new TrainingLoop(this, feed, new TrainingStep(source, optimizer), optimizer, schedule, state, store, progress, dice).ToTheEnd(cancellationToken);
        cache?.TellResult();
        return result;
    }

    private static void RequireFloat32(SamNetwork network)
    {
        if (network.named_parameters().FirstOrDefault(pair => pair.parameter.dtype != ScalarType.Float32) is { name: { } name, parameter: var odd })
        {
            throw new ArgumentException($"The network's weights must be Float32 to be trained, in bf16 too (TrainingOptions.Precision): {name} is {odd.dtype}. Convert the network with to(ScalarType.Float32).", nameof(network));
        }
    }

    private SlicesInMemory InMemory(IReadOnlyList<StoredSlice> slices) => new(slices, Options.ResolvedSeed);

    private static IReadOnlyList<StoredSlice>? NullIfEmpty(IReadOnlyList<StoredSlice> slices) => slices.Count == 0 ? null : slices;

    internal IGradientSource CreateSource() => _devices.Count == 1 ? new OneNetwork(Network, new LossFunction(Options)) : new SeveralNetworks(Network, _devices, Options);

    internal FlatOptimizer CreateOptimizer(FlatParameters parameters) => Options.Optimizer switch
    {
        OptimizerKind.AdamW => new FlatAdamW(parameters, Options.ResolvedWeightDecay),
        OptimizerKind.Sgd => new FlatSgd(parameters, Options.ResolvedWeightDecay),
        _ => throw new ArgumentException($"There is no optimiser {Options.Optimizer}."),
    };

    /// <summary>The steps of an epoch on the devices that train.</summary>
    internal PlacedSteps Place(IEnumerable<IReadOnlyList<TrainingBatch>> steps) => new(steps, _preprocessing.ImageSize, Network.Options.LowResSize, _devices);
}
