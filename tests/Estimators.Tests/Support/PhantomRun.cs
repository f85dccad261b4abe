using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Phantoms;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Tests;

/// <summary>Runs on a few small phantoms as NIfTI files.</summary>
internal static class PhantomRun
{
    private static readonly PhantomOptions Small = new() { Width = 40, Height = 36, Depth = 8 };

    public static SamOptions Model { get; } = TinyRun.Model with { NumClasses = 8 };

    /// <summary>Every option other than its default, so that one that gets lost on the way to prediction shows.</summary>
    public static PreprocessingOptions Preprocessing { get; } = new()
    {
        ImageSize = TinyRun.ImageSize, InputSize = 28, WindowMin = -150, WindowMax = 260, ZoomEdge = ZoomEdge.Paper, Orientation = "RAS",
    };

    public static Volume<float> Image(int seed) => AbdomenPhantom.Create(seed, Small).Hu;

    /// <summary>Writes <c>data/images</c> and <c>data/labels</c> with <paramref name="cases"/> cases.</summary>
    public static TempFolder WritePhantoms(this TempFolder folder, int cases = 3)
    {
        for (var seed = 1; seed <= cases; seed++)
        {
            var (hu, labels) = AbdomenPhantom.Create(seed, Small);
            VolumeFile.Write(folder.File($"data/images/p{seed}.nii.gz"), hu, ImageStorage.Int16);
            VolumeFile.Write(folder.File($"data/labels/p{seed}.nii.gz"), labels);
        }
        return folder;
    }

    public static TrainingRunOptions PhantomOptions(this TempFolder folder, string output, bool trainEncoder = true) => new()
    {
        Data = folder.File("data"),
        Output = folder.File(output),
        Model = Model,
        Lora = new LoraOptions { Rank = 3, TrainEncoder = trainEncoder },
        Labels = LabelTable.Synapse,
        Training = TinyRun.Options with { Epochs = 3, LearningRate = 0.01 },
        Preprocessing = Preprocessing,
        Device = "cpu",
    };

    /// <summary>The label of every voxel, and the logits, of one more phantom.</summary>
    public static VolumePrediction Predict(SegmentationModel model, Volume<float> image) =>
        new VolumePredictor(model.Network, model.Preprocessing(normalized: false), model.Device).Predict(image, hasGeometry: true, keepLogits: true);
}
