using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>What a run tells while it goes on.</summary>
public interface ITrainingObserver : IProgress<TrainingProgress>
{
    /// <summary>A fact worth a line: what was found, what will be done.</summary>
    void Note(string text);

    /// <summary>Something the user should know before trusting the result.</summary>
    void Warn(string text);

    /// <summary>Files read of files to read.</summary>
    void Reading(int done, int total);
}

/// <summary>A finished or interrupted run.</summary>
/// <param name="Result">How training ended.</param>
/// <param name="BestPath">LoRA file of the best epoch; it exists unless the run was interrupted in its first epoch.</param>
/// <param name="BasePath">The SAM file that goes with it.</param>
/// <param name="Model">The architecture trained.</param>
/// <param name="TrainingCases">Cases trained on.</param>
/// <param name="ValidationCases">Cases validated on.</param>
public sealed record TrainingRunResult(
    TrainingResult Result, string BestPath, string BasePath, SamOptions Model, IReadOnlyList<string> TrainingCases, IReadOnlyList<string> ValidationCases)
{
    /// <summary>Numbers that are trained.</summary>
    public long TrainableParameters { get; init; }
}

/// <summary>Runs <see cref="TrainingRunOptions"/> from files to files. The command line, the demonstration and sweep trials all come through here.</summary>
public static class TrainingRun
{
    /// <summary>Trains. Cancellation saves the state, to be continued with <see cref="TrainingRunOptions.Resume"/>, and returns.</summary>
    /// <exception cref="DataFolderException">The data folder does not hold what is needed.</exception>
    /// <exception cref="RunFolderException">The output folder holds a run already.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="IOException">The folder for features cannot be made.</exception>
    /// <exception cref="TrainingDivergedException">A loss or weight is not finite.</exception>
    public static TrainingRunResult Execute(TrainingRunOptions options, ITrainingObserver observer, CancellationToken cancellationToken = default)
    {
        var started = DateTimeOffset.Now;
        options.Training.Validate();
        SegmentationTrainer.RequireEpoch(options.UntilEpoch, options.Training);
        // Before hours of reading; the folder asks again when it is opened.
        RunFolder.RefuseHeld(options.Output, options.Resume);
        var (data, trainingCases, validationCases) = CaseSelection.Of(options, observer);
        observer.Note($"Data: {data.Files.Count} files ({data.Layout}), {trainingCases.Count} cases to train on, {validationCases.Count} to validate on" +
            (validationCases.Count == 0 ? " (the last weights count as the best)" : $": {string.Join(", ", validationCases)}"));
        if (options.Training.EarlyStoppingPatience is not null && validationCases.Count == 0)
        {
            observer.Warn("early stopping needs cases to validate on, and there are none: the run goes on to its last epoch.");
        }
        var device = FirstDevice(options);
        var model = options.Model with { NumClasses = options.Labels.ClassCount, ImageSize = options.Preprocessing.ImageSize };
        using var network = SamNetwork.Create(model, options.Lora, device, options.Training.ResolvedSeed);
        FeatureCache.Require(network, options.Training);
        var start = StartingWeights.Load(network, options.SamFile, options.LoraFile, options.Lora, observer);
        var manifest = Manifest(options, model, trainingCases, validationCases, start, device) with
        {
            Started = started,
            Files = HashedFile.OfAll(data.Files.SelectMany(file => new[] { file.ImagePath, file.LabelPath }), data.Folder, cancellationToken: cancellationToken),
        };
        RunFolder.Check(options.Output, manifest, options.Resume);
        ResumedDevices.Tell(options.Output, manifest, observer);
        var resuming = options.Resume && RunFolder.HoldsRun(options.Output);
        if (start.BasePath is null && resuming)
        {
            SamCheckpoint.Load(network, RunFolder.InitialBasePath(options.Output));
        }
        if (options.Resume && !resuming)
        {
            observer.Warn($"{options.Output} holds no run to continue: a new one starts.");
        }
        observer.Note(StartingWeights.Describe(network, options.Training, device));
        Tf32Mode.Tell(options.Training, device, observer);
        var (training, validation) = LoadSlices(options, data, trainingCases, observer, cancellationToken);
        observer.Note($"Slices: {training.Count} to train on, {validation.Count} to validate on" + (resuming ? "; continuing the interrupted run" : ""));
        WarnOfAbsentClasses(options.Labels, training, observer);
        WarmupLength.Check(options.Training, training.Count, observer);
        var trainer = new SegmentationTrainer(network, device, options.Training, options.Preprocessing) { UntilEpoch = options.UntilEpoch };
        trainer.OpenFeatures(training.Count, observer);
        // Only now, when all that was given has been read and found good, is anything written.
        using var folder = RunFolder.Open(options.Output, network, manifest, options.Resume);
        var result = trainer.Train(training, validation, folder, observer, cancellationToken);
        return new(result, folder.BestPath, folder.BasePath, model, trainingCases, validationCases)
        {
            TrainableParameters = network.TrainableParameters.Sum(pair => pair.Parameter.numel()),
        };
    }

    private static Device FirstDevice(TrainingRunOptions options)
    {
        if (options.Training.Devices is not null && options.Device != "auto")
        {
            throw new ArgumentException($"Device ({options.Device}) is for training on one device, and Devices ({string.Join(',', options.Training.Devices)}) names those that share the batches: give one of the two (--device or --devices).", nameof(options));
        }
        return TrainingDevices.First(options.Training, () => Devices.Resolve(options.Device));
    }

    private static RunManifest Manifest(
        TrainingRunOptions options, SamOptions model, IReadOnlyList<string> training, IReadOnlyList<string> validation, StartingWeights start, Device device) => new()
    {
        Version = ProductVersion.Text,
        Preset = options.Preset,
        Model = model,
        Lora = options.Lora,
        Training = options.Training with { Seed = options.Training.ResolvedSeed },
        Preprocessing = options.Preprocessing,
        Labels = options.Labels.ToJson(),
        Classes = [.. options.Labels.Classes.Select(entry => entry.Name)],
        Data = Path.GetFullPath(options.Data),
        TrainingCases = training,
        ValidationCases = validation,
        BaseFile = start.BasePath,
        BaseSha256 = start.BaseSha256,
        StartFile = start.Lora?.Path,
        StartSha256 = start.Lora?.Sha256,
        LibTorch = LibTorch.Load().Version,
        Device = TrainingDevices.Describe(options.Training, device),
        Threads = get_num_threads(),
    };

    private static (IReadOnlyList<StoredSlice> Training, IReadOnlyList<StoredSlice> Validation) LoadSlices(
        TrainingRunOptions options, SegmentationData data, IReadOnlyList<string> trainingCases, ITrainingObserver observer, CancellationToken cancellationToken)
    {
        var loader = new SliceLoader(options.Labels, options.Preprocessing);
        var slices = loader.Load(data.Files, new ReadProgress(observer, data.Files.Count), cancellationToken);
        var train = trainingCases.ToHashSet(StringComparer.Ordinal);
        return ([.. slices.Where(slice => train.Contains(slice.Case))], [.. slices.Where(slice => !train.Contains(slice.Case))]);
    }

    private static void WarnOfAbsentClasses(LabelTable labels, IReadOnlyList<StoredSlice> training, ITrainingObserver observer)
    {
        var present = new bool[256];
        foreach (var id in training.SelectMany(slice => slice.Label))
        {
            present[id] = true;
        }
        var absent = labels.Classes.Where(entry => !present[entry.Id]).Select(entry => entry.Name).ToArray();
        if (absent.Length > 0)
        {
            observer.Warn($"no training slice holds {string.Join(", ", absent)}: the network cannot learn what it never sees. Is '{labels.Name}' the right table of labels?");
        }
    }

    private sealed class ReadProgress(ITrainingObserver observer, int total) : IProgress<int>
    {
        public void Report(int value) => observer.Reading(value, total);
    }
}
