using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Cli.Demo;

/// <summary>What the demonstration trains: a SAM small enough for two CPU cores, from random weights, so its encoder is trained too.</summary>
internal static class DemoRecipe
{
    /// <summary>Patients that training never sees; the table is about them.</summary>
    public const int HeldOutCases = 4;

    /// <summary>SAM's architecture at 96 pixels and 0.8 million parameters.</summary>
    public static SamOptions Model { get; } = new()
    {
        ImageSize = 96, PatchSize = 8, EmbedDim = 96, Depth = 4, NumHeads = 3, WindowSize = 6, GlobalAttnIndexes = [1, 3],
        PromptEmbedDim = 64, DecoderMlpDim = 256, IouHeadHiddenDim = 64, NumClasses = LabelTable.Synapse.ClassCount,
    };

    /// <summary>The run on <paramref name="data"/>, whose last cases are held out.</summary>
    public static TrainingRunOptions Run(PhantomDataSet data, string output, int seed, string device) => new()
    {
        Data = data.Folder,
        Output = output,
        Device = device,
        Model = Model,
        Lora = new LoraOptions { TrainEncoder = true },
        Labels = LabelTable.Synapse,
        Training = new TrainingOptions
        {
            Epochs = 12, ScheduleEpochs = 12, BatchSize = 8, LearningRate = 0.002, WarmupSteps = 20, WeightDecay = 0.01, Seed = seed, Augment = false,
        },
        Preprocessing = new PreprocessingOptions
        {
            ImageSize = Model.ImageSize, WindowMin = PreprocessingOptions.PublishedWindow.Min, WindowMax = PreprocessingOptions.PublishedWindow.Max, Orientation = "RAS",
        },
        ValidationFraction = 0,
        // Phantoms that an earlier, larger demonstration left in the folder are not of this one.
        ExcludedCases = [.. HeldOut(data), .. VolumeFile.FilesIn(data.ImagesFolder).Select(VolumeFile.CaseName).Except(data.Cases)],
    };

    /// <summary>The held-out cases: the last ones.</summary>
    public static IReadOnlyList<string> HeldOut(PhantomDataSet data) => [.. data.Cases.TakeLast(HeldOutCases)];
}
