using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Estimators.Records;

/// <summary>With what a model was run in the end, whether the user said it, the LoRA file recorded it, or it is a default.</summary>
public sealed record EffectiveSettings
{
    /// <summary>The LoRA file.</summary>
    public required string LoraFile { get; init; }

    /// <summary>The SAM file; null when the LoRA file brings its own image encoder.</summary>
    public required string? SamFile { get; init; }

    /// <summary>SHA-256 of the SAM file as it was loaded, lower-case hex.</summary>
    public required string? SamSha256 { get; init; }

    /// <summary>Where tensors were computed, for instance <c>cpu</c> or <c>cuda:0</c>.</summary>
    public required string Device { get; init; }

    /// <summary>The architecture, with the number of classes and the image size in pixels.</summary>
    public required SamOptions Model { get; init; }

    /// <summary>What was adapted: placement, rank, layers.</summary>
    public required LoraOptions Lora { get; init; }

    /// <summary>The classes 1..C.</summary>
    public required IReadOnlyList<LabelClass> Classes { get; init; }

    /// <summary>The format that the network computed in.</summary>
    public required Precision Precision { get; init; }

    /// <summary>The ways of a slice to the network that were taken; more than one where files of several kinds were read.</summary>
    public required IReadOnlyList<PreprocessingOptions> Preprocessing { get; init; }

    /// <summary>Slices of a forward pass.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Test-time augmentation.</summary>
    public required TestTimeAugmentation Tta { get; init; }

    /// <summary>Post-processing, in the form that the command line takes; null for none.</summary>
    public required string? Postprocessing { get; init; }

    /// <summary>The settings of <paramref name="model"/>.</summary>
    /// <param name="model">The model as it was loaded.</param>
    /// <param name="prediction">How it predicted.</param>
    /// <param name="ways">The way of each file; equal ones are listed once.</param>
    public static EffectiveSettings Of(SegmentationModel model, PredictionOptions prediction, IEnumerable<PreprocessingOptions> ways)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prediction);
        return new()
        {
            LoraFile = model.LoraFile,
            SamFile = model.SamFile,
            SamSha256 = model.SamSha256,
            Device = model.Device.ToString(),
            Model = model.Network.Options,
            Lora = model.Network.Lora,
            Classes = model.Classes,
            Precision = model.Network.Precision,
            Preprocessing = [.. ways.Distinct()],
            BatchSize = prediction.BatchSize,
            Tta = prediction.Tta,
            Postprocessing = prediction.Postprocessing?.ToString(),
        };
    }
}
