using Microsoft.ML;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Rows;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;
using SAMed.MLNet.Transforms.Rows;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>One Fit: from a data view to a trained transformer, through <see cref="SegmentationTrainer"/>.</summary>
internal sealed class Fitting(MLContext context, SamLoraSegmentationTrainer.Options options, ITrainingObserver observer)
{
    private long Seed => options.Training.ResolvedSeed;

    /// <summary>Trains.</summary>
    public SamSegmentationTransformer Run(IDataView input)
    {
        options.CancellationToken.ThrowIfCancellationRequested();
        RefuseHeldFolder();
        var columns = new TrainingColumns(input.Schema, options);
        var validationColumns = options.ValidationSet is null ? null : columns.OfValidation(options.ValidationSet.Schema, options);
        var classes = options.Classes ?? ClassNames.TryRead(columns.Label) ?? throw new InvalidOperationException(
            $"Nothing says which classes the label column '{columns.Label.Name}' holds: name them in the options' Classes, or give LoadSlices a table of labels.");
        var training = Open(Shuffled(input), columns, classes.Count, "training");
        var validation = validationColumns is null ? null : Open(Cancellable(options.ValidationSet!), validationColumns, classes.Count, "validation");
        if (validationColumns is { Case: null })
        {
            observer.Warn($"the validation set has no column '{options.CaseColumnName}': all of its rows count as one case.");
        }
        WarnOfIntensities(new DataViewSlices(Cancellable(input), columns, classes.Count, options.ZoomEdge, Seed, training.Count), columns.Image.Name);
        WarnOfSize(columns.ImageSize);
        WarmupLength.Check(options.Training, training.Count, observer);
        var device = TrainingDevices.First(options.Training, () => MLContextDevice.Of(context, observer));
        var preprocessing = new PreprocessingOptions { ImageSize = options.Model.ImageSize, Channels = options.Channels, ZoomEdge = options.ZoomEdge };
        var network = SamNetwork.Create(options.Model with { NumClasses = classes.Count, InputSize = null }, options.Lora, device, Seed);
        try
        {
            var (start, basis) = Start(network);
            observer.Note(StartingWeights.Describe(network, options.Training, device));
            Tf32Mode.Tell(options.Training, device, observer);
            observer.Note($"Slices: {training.Count} to train on, {validation?.Count ?? 0} to validate on");
            var result = Train(network, device, preprocessing, training, validation, Manifest(network, device, preprocessing, start, classes, training, validation));
            network.Precision = options.PredictionPrecision;
            LabelClass[] named = [.. classes.Select((name, index) => new LabelClass(index + 1, name))];
            return new(new SlicePredictor(network, device, preprocessing, named), ColumnsOf(columns), options.PredictionBatchSize, basis, result);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Before weights are loaded and data read, and in the words of the options.</summary>
    private void RefuseHeldFolder()
    {
        if (options is { OutputFolder: { } folder, Resume: false } && RunFolder.HoldsRun(folder))
        {
            throw new RunFolderException(folder, "holds a training run already. Set Resume to continue it, or give another OutputFolder. " +
                "The folds of a cross-validation cannot share a folder: leave OutputFolder out there.");
        }
    }

    private DataViewSlices Open(IDataView data, TrainingColumns columns, int classCount, string role)
    {
        var slices = new DataViewSlices(data, columns, classCount, options.ZoomEdge, Seed);
        return slices.Count > 0 ? slices : throw new InvalidOperationException($"The {role} set has no rows. Has a filter or a split left nothing?");
    }

    private CancellableDataView Cancellable(IDataView data) => new(data, options.CancellationToken);

    /// <summary>A pipeline that was written for a small network shrinks slices too far for a large one.</summary>
    private void WarnOfSize(SliceSize size)
    {
        if (size.Fixed is { } image && Math.Max(image.Height, image.Width) * 3 < options.Model.ImageSize)
        {
            observer.Warn($"images of {image.Height}×{image.Width} are enlarged to the network's {options.Model.ImageSize}×{options.Model.ImageSize}, which brings back no detail. The published way resizes to 224 for 512.");
        }
    }

    /// <summary>Raw Hounsfield units train without an error, and badly: the first slice tells. Cubic resizing leaves [0, 1] a little, so the limits are wide.</summary>
    private void WarnOfIntensities(DataViewSlices training, string column)
    {
        var image = training.InOrder().First().Image;
        if (image.Min() < -1 || image.Max() > 2)
        {
            observer.Warn(FormattableString.Invariant($"the column '{column}' holds values from {image.Min():g4} to {image.Max():g4} in its first slice; about 0 to 1 is expected. Is NormalizeSlice missing before the trainer?"));
        }
    }

    /// <summary>Slices in the order of a volume teach a network little: neighbours look alike.</summary>
    private IDataView Shuffled(IDataView input)
    {
        var data = Cancellable(input);
        if (data.CanShuffle)
        {
            return data;
        }
        observer.Warn("the training data cannot be shuffled where they lie, so a pool of 256 decoded rows is shuffled instead. LoadSlices without SkipRows or TakeRows behind it does better.");
        return context.Data.ShuffleRows(data, seed: (int)(Seed & int.MaxValue), shufflePoolSize: 256);
    }

    private (StartingWeights Start, ModelBase Basis) Start(SamNetwork network)
    {
        // Nothing of the random start is left in a model that trains its encoder, but for the frozen transformer of SAMed_s.
        var keepsStart = !options.Lora.TrainEncoder || options.Lora.Placement == LoraPlacement.EncoderDecoder;
        var initial = options.SamFile is null && keepsStart ? ModelBase.HashOf(network) : null;
        var start = StartingWeights.Load(network, options.SamFile, options.LoraFile, options.Lora, observer);
        if (start.BasePath is { } path)
        {
            return (start, new() { FileName = Path.GetFileName(path), Sha256 = start.BaseSha256 });
        }
        if (options.LoraFile is { } lora && !options.Lora.TrainEncoder)
        {
            throw new ArgumentException($"{lora} brings an image encoder of its own, which a model with a frozen encoder has nowhere to keep. Set Lora = new() {{ TrainEncoder = true }}.");
        }
        return (start, new() { Seed = Seed, InitialSha256 = initial });
    }

    private TrainingResult Train(
        SamNetwork network, Device device, PreprocessingOptions preprocessing, DataViewSlices training, DataViewSlices? validation, RunManifest manifest)
    {
        var trainer = new SegmentationTrainer(network, device, options.Training, preprocessing) { UntilEpoch = options.UntilEpoch };
        TrainingResult result;
        if (options.OutputFolder is { } path)
        {
            RunFolder.Check(path, manifest, options.Resume);
            ResumedDevices.Tell(path, manifest, observer);
            trainer.OpenFeatures(training.Count, observer);
            using var folder = RunFolder.Open(path, network, manifest, options.Resume);
            result = trainer.Train(training, validation?.InOrder(), folder, observer, options.CancellationToken);
            if (!result.Interrupted && validation is not null && File.Exists(folder.BestPath))
            {
                LoraCheckpoint.Load(network, folder.BestPath);
            }
        }
        else
        {
            using var best = new BestWeights(network);
            result = trainer.Train(training, validation?.InOrder(), best, observer, options.CancellationToken);
            best.Restore();
        }
        return !result.Interrupted ? result : throw new OperationCanceledException(
            $"Training was cancelled after {result.Steps} steps." + (options.OutputFolder is null ? "" : $" Its state is in {options.OutputFolder}: set Resume to go on from there."), options.CancellationToken);
    }

    private RunManifest Manifest(
        SamNetwork network, Device device, PreprocessingOptions preprocessing, StartingWeights start, IReadOnlyList<string> classes, DataViewSlices training, DataViewSlices? validation) => new()
    {
        Version = ProductVersion.Text,
        Model = network.Options,
        Lora = options.Lora,
        Training = options.Training,
        Preprocessing = preprocessing,
        Labels = null,
        Classes = classes,
        Data = "IDataView",
        TrainingCases = options.OutputFolder is null ? [] : training.Cases(),
        ValidationCases = options.OutputFolder is null ? [] : validation?.Cases() ?? [],
        BaseFile = start.BasePath,
        BaseSha256 = start.BaseSha256,
        LibTorch = LibTorch.Load().Version,
        Device = TrainingDevices.Describe(options.Training, device),
        Threads = get_num_threads(),
    };

    private SegmentationColumns ColumnsOf(TrainingColumns columns) => new()
    {
        Image = options.ImageColumnName,
        PredictedLabel = options.PredictedLabelColumnName,
        Probability = options.ProbabilityColumnName,
        Height = options.HeightColumnName,
        Width = options.WidthColumnName,
        RestoresSliceSize = columns.HasSliceSize,
        ImageHeight = columns.ImageSize.Fixed?.Height,
        ImageWidth = columns.ImageSize.Fixed?.Width,
    };
}
