using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>What the network says of a volume.</summary>
public sealed record VolumePrediction
{
    /// <summary>Text for the header of files of <see cref="Labels"/>, by which <c>samed evaluate</c> knows that they hold class ids and not ids of a data set.</summary>
    public const string FileDescription = "SAMed.MLNet classes";

    /// <summary>Class ids on the geometry of the input.</summary>
    public required LabelVolume Labels { get; init; }

    /// <summary>Voxels whose label post-processing changed.</summary>
    public int PostprocessedVoxels { get; init; }

    /// <summary>Class ids as the network sees the slices, [D, S, S], in slicing order; kept with <see cref="LowResLogits"/> only, else null.</summary>
    public byte[]? NetworkLabels { get; init; }

    /// <summary>S.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Voxels of the input that were NaN or infinite; NaN counted as the lower end of the window.</summary>
    public required int NonFiniteVoxels { get; init; }

    /// <summary>[D, C+1, L, L] float32 in slicing order, when asked for.</summary>
    public required float[]? LowResLogits { get; init; }

    /// <summary>Shape of <see cref="LowResLogits"/>.</summary>
    public required IReadOnlyList<int> LowResLogitsShape { get; init; }
}
