using System.Text.Json.Serialization;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>The columns that a <see cref="SamSegmentationTransformer"/> reads and adds.</summary>
internal sealed record SegmentationColumns
{
    /// <summary>Image, Vector&lt;Single&gt; [C, h, w].</summary>
    public required string Image { get; init; }

    /// <summary>Added: class ids, Vector&lt;Byte&gt; [H, W].</summary>
    public required string PredictedLabel { get; init; }

    /// <summary>Added: probabilities, Vector&lt;Single&gt; [C+1, H, W]; null for none.</summary>
    public required string? Probability { get; init; }

    /// <summary>Rows H of the slice in its file, Int32.</summary>
    public required string Height { get; init; }

    /// <summary>Columns W of the slice in its file, Int32.</summary>
    public required string Width { get; init; }

    /// <summary>Whether predictions have the size that <see cref="Height"/> and <see cref="Width"/> say, instead of the image column's.</summary>
    public required bool RestoresSliceSize { get; init; }

    /// <summary>h of the image column, when every image has it; else it is that of <see cref="Height"/>.</summary>
    public int? ImageHeight { get; init; }

    /// <summary>w of the image column, likewise.</summary>
    public int? ImageWidth { get; init; }

    /// <summary>Both, or null.</summary>
    [JsonIgnore]
    public (int Height, int Width)? ImageSize => ImageHeight is { } height && ImageWidth is { } width ? (height, width) : null;
}
