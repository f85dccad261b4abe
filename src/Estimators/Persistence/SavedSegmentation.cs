using Microsoft.ML;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Transforms;
using SAMed.MLNet.Transforms.Rows.Saving;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Persistence;

/// <summary>A <see cref="SamSegmentationTransformer"/> as it is saved: the trained part, and by what name and hash to find the rest.</summary>
internal sealed record SavedSegmentation
{
    /// <summary>How the saved state calls it.</summary>
    public const string Kind = "SamSegmentation";

    /// <summary>The columns.</summary>
    public required SegmentationColumns Columns { get; init; }

    /// <summary>Slices per forward pass.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Where the weights come from that are not in <see cref="Lora"/>.</summary>
    public required ModelBase Base { get; init; }

    /// <summary>The LoRA file, whole: its metadata say the architecture, the classes and the way of a slice to the network.</summary>
    public required byte[] Lora { get; init; }

    /// <summary>Puts a transformer into this form.</summary>
    public static SavedSegmentation Of(SamSegmentationTransformer transformer, SegmentationColumns columns, int batchSize, ModelBase basis) =>
        InTemporaryFile(path =>
        {
            transformer.WriteLora(path);
            return new SavedSegmentation { Columns = columns, BatchSize = batchSize, Base = basis, Lora = File.ReadAllBytes(path) };
        });

    /// <summary>Makes the transformer again.</summary>
    /// <exception cref="BaseNotFoundException">Its base is nowhere.</exception>
    /// <exception cref="SavedModelException">Its weights are damaged.</exception>
    public SamSegmentationTransformer Load(BaseLocator locator, Device device, Precision precision, TestTimeAugmentation tta) => InTemporaryFile(path =>
    {
        File.WriteAllBytes(path, Lora);
        try
        {
            var metadata = LoraCheckpoint.ReadMetadata(path);
            var model = SegmentationModel.Load(new() { LoraFile = path, Precision = precision }, metadata, () => locator.Find(Base), device, randomStart: Base.Seed is null ? null : Base);
            return new SamSegmentationTransformer(
                new SlicePredictor(model.Network, model.Device, model.Preprocessing(normalized: false), model.Classes) { Tta = tta }, Columns, BatchSize, Base, result: null);
        }
        catch (CheckpointFormatException fault) when (fault.FilePath == path)
        {
            // The temporary file is nothing that the reader of the message knows.
            throw new SavedModelException($"The model's weights are damaged: {fault.Field}: expected {fault.Expected}, got {fault.Got}. Copy the model file again, or save it again.", fault);
        }
    });

    /// <summary>Checkpoints are read from and written to files; this one lives as long as that takes.</summary>
    private static T InTemporaryFile<T>(Func<string, T> use)
    {
        var folder = Directory.CreateTempSubdirectory("samed-model-");
        try
        {
            return use(Path.Combine(folder.FullName, "model.pth"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
