namespace SAMed.MLNet.Estimators.Data;

/// <summary>What was found in the files of a case.</summary>
public sealed record CaseFacts
{
    /// <summary>The case.</summary>
    public required string Name { get; init; }

    /// <summary>Whom it shows.</summary>
    public required string Patient { get; init; }

    /// <summary>File of the image, relative to the data folder.</summary>
    public required string Image { get; init; }

    /// <summary>File of the label map, relative to the data folder.</summary>
    public required string Label { get; init; }

    /// <summary>Slice number for a file that holds one slice of the case.</summary>
    public int? Slice { get; init; }

    /// <summary>Number of slices.</summary>
    public required int Depth { get; init; }

    /// <summary>Rows of a slice.</summary>
    public required int Height { get; init; }

    /// <summary>Columns of a slice.</summary>
    public required int Width { get; init; }

    /// <summary>Millimetres between neighbouring voxels along x, y and z; null where the file does not say.</summary>
    public IReadOnlyList<double>? SpacingMm { get; init; }

    /// <summary>Where the voxel axes point, for instance <c>RAS</c>; null where the file does not say.</summary>
    public string? AxisCodes { get; init; }

    /// <summary>1 for grey, 3 for colour.</summary>
    public required int Channels { get; init; }

    /// <summary>Lowest intensity.</summary>
    public required float Min { get; init; }

    /// <summary>Highest intensity.</summary>
    public required float Max { get; init; }

    /// <summary>Intensities below which 0.5, 50 and 99.5 % of the voxels lie (of an even sample of them).</summary>
    public required IReadOnlyList<float> Percentiles { get; init; }

    /// <summary>Voxels of each id in the label map, 0 too.</summary>
    public required IReadOnlyDictionary<int, int> Labels { get; init; }

    /// <summary>SHA-256 of the voxels of the image, lower-case hex.</summary>
    public required string ContentSha256 { get; init; }

    /// <summary>Evenly spaced quantiles of the intensities, from the lowest to the highest.</summary>
    internal float[] Quantiles { get; init; } = [];

    /// <summary>The part of the split that the folder's name says.</summary>
    internal DatasetParts? Part { get; init; }
}
