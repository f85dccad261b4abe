using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Losses;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>The training loop: any architecture, any adapter. What trains is the network's decision, how it trains is <see cref="TrainingOptions"/>.</summary>
public sealed class SegmentationTrainer
{
    private readonly PreprocessingOptions _preprocessing;

    /// <summary>Trains <paramref name="network"/>, which lies on <paramref name="device"/> and stays the caller's, in place.</summary>
    /// <exception cref="ArgumentException">An option is out of range, or the image size is not the network's.</exception>
    public SegmentationTrainer(SamNetwork network, Device device, TrainingOptions options, PreprocessingOptions preprocessing)
    {
        options.Validate();
        preprocessing.Validate();
        if (preprocessing.ImageSize != network.Options.ImageSize)
        {
            throw new ArgumentException($"The network sees {network.Options.ImageSize}×{network.Options.ImageSize} pixels, and slices would be prepared at {preprocessing.ImageSize}.", nameof(preprocessing));
        }
        VolumePredictor.RequireByteClasses(network);
        (Network, Device, Options, _preprocessing) = (network, device, options, preprocessing);
    }

    internal SamNetwork Network { get; }

    internal Device Device { get; }

    internal TrainingOptions Options { get; }

    /// <summary>Trains without leaving anything on disk; the network holds the last weights afterwards.</summary>
    public TrainingResult Train(
        IReadOnlyList<StoredSlice> training, IReadOnlyList<StoredSlice> validation, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Train(InMemory(training), NullIfEmpty(validation), store: null, progress, cancellationToken);

    /// <summary>Trains on <paramref name="training"/>, validates on <paramref name="validation"/> (may be empty), and keeps everything in <paramref name="folder"/>.
    /// A folder that holds the state of an interrupted run is continued bit for bit. Cancellation saves and returns with <see cref="TrainingResult.Interrupted"/>.</summary>
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
        var feed = new SampleFeed(training, Options, _preprocessing, Network.Options.LowResSize);
        var parameters = Network.TrainableParameters.Select(pair => pair.Parameter).ToArray();
        using var optimizer = CreateOptimizer(parameters);
        var schedule = new LearningRateSchedule(Options.LearningRate, Options.WarmupSteps, (long)Options.ResolvedScheduleEpochs * feed.StepsPerEpoch, Options.LearningRateExponent);
        var state = store?.Restore(optimizer) ?? new TrainingState { Slices = training.Count };
        if (state.Slices != training.Count)
        {
            throw new ArgumentException($"The interrupted run had {state.Slices} slices to train on, and now there are {training.Count}: it cannot be continued on other data.", nameof(training));
        }
        using var mode = new TrainingMode(Network, Options);
        using var tf32 = new Tf32Mode(Options.AllowTf32);
        var dice = validation is null ? null : new ValidationDice(validation, _preprocessing, Network.Options.NumClasses, Math.Max(Options.BatchSize, 4));
        return new TrainingLoop(this, feed, optimizer, parameters, schedule, state, store, progress, dice).ToTheEnd(cancellationToken);
    }

    private SlicesInMemory InMemory(IReadOnlyList<StoredSlice> slices) => new(slices, Options.ResolvedSeed);

    private static IReadOnlyList<StoredSlice>? NullIfEmpty(IReadOnlyList<StoredSlice> slices) => slices.Count == 0 ? null : slices;

    internal optim.Optimizer CreateOptimizer(Parameter[] parameters) => Options.Optimizer switch
    {
        OptimizerKind.AdamW => optim.AdamW(parameters, Options.LearningRate, weight_decay: Options.ResolvedWeightDecay),
        OptimizerKind.Sgd => optim.SGD(parameters, Options.LearningRate, momentum: 0.9, weight_decay: Options.ResolvedWeightDecay),
        _ => throw new ArgumentException($"There is no optimiser {Options.Optimizer}."),
    };

    /// <summary>One optimiser step on <paramref name="parts"/>: gradients of the parts are averaged by their number of slices. <paramref name="show"/> gets a picture of the first part.</summary>
    internal StepLosses Step(IReadOnlyList<TrainingBatch> parts, optim.Optimizer optimizer, double learningRate, long step, Action<TrainingPicture>? show = null)
    {
        foreach (var group in optimizer.ParamGroups)
        {
            group.LearningRate = learningRate;
        }
        using (NewDisposeScope())
        {
            // It looks at every gradient through a handle, which would keep the gradient's memory until it is collected.
            optimizer.zero_grad();
        }
        var slices = (double)parts.Sum(part => part.Count);
        var losses = default(StepLosses);
        foreach (var part in parts)
        {
            using var scope = NewDisposeScope();
            var logits = Network.LowResLogits(Images(part));
            var loss = Loss(logits, part);
            if (show is not null && ReferenceEquals(part, parts[0]))
            {
                show(Picture(logits, part));
            }
            var share = part.Count / slices;
            (parts.Count == 1 ? loss.Total : loss.Total * share).backward();
            Network.ThrowIfBackwardFailed();
            losses = new(
                losses.Total + (share * loss.Total.ToDouble()),
                losses.CrossEntropy + (share * loss.CrossEntropy.ToDouble()),
                losses.Dice + (share * loss.Dice.ToDouble()))
            {
                Focal = loss.Focal is { } focal ? (losses.Focal ?? 0) + (share * focal.ToDouble()) : null,
            };
        }
        if (!double.IsFinite(losses.Total))
        {
            throw new TrainingDivergedException(step, learningRate, $"the loss is {losses.Total}");
        }
        using (NewDisposeScope())
        {
            optimizer.step();
        }
        return losses;
    }

    /// <summary>[B, channels, S, S] on the device.</summary>
    private Tensor Images(TrainingBatch batch)
    {
        var size = _preprocessing.ImageSize;
        return tensor(batch.Images, [batch.Count, batch.Channels, size, size]).to(Device);
    }

    private SegmentationLoss Loss(Tensor logits, TrainingBatch batch)
    {
        var low = Network.Options.LowResSize;
        var target = tensor(batch.LowResLabels, [batch.Count, low, low]).to(Device).to(ScalarType.Int64);
        return Options.PixelLoss == PixelLoss.Focal
            ? FocalDice.Compute(logits, target, Options.DiceWeight)
            : CrossEntropyDice.Compute(logits, target, Options.DiceWeight);
    }

    private TrainingPicture Picture(Tensor logits, TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var (size, shown) = (_preprocessing.ImageSize, TrainingPicture.Shown(batch.Count));
        var masks = nn.functional.interpolate(logits.narrow(0, shown, 1), size: [size, size], mode: InterpolationMode.Bilinear, align_corners: false);
        var first = shown * batch.Channels * size * size;
        return new(size, batch.Images[first..(first + (size * size))], masks.argmax(1).to(ScalarType.Byte).cpu().contiguous().data<byte>().ToArray(),
            batch.ShownLabel ?? new byte[size * size], Network.Options.NumClasses);
    }
}
