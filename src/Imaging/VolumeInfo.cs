namespace SAMed.MLNet.Imaging;

/// <summary>What a file's header says about the volume in it.</summary>
public sealed record VolumeInfo
{
    /// <summary>The file, as it was asked for.</summary>
    public required string Path { get; init; }

    /// <summary>NIfTI-1, NIfTI-2, npy, npz, HDF5, PNG, JPEG or BMP.</summary>
    public required string Format { get; init; }

    /// <summary>Size and place of the voxel grid of one volume.</summary>
    public required Geometry Geometry { get; init; }

    /// <summary>Whether the file itself gives the spacing; otherwise the spacing is 1 and the place unknown.</summary>
    public required bool HasGeometry { get; init; }

    /// <summary>The stored element type as NumPy names it: int16, float32, complex64, rgb24 …</summary>
    public required string StoredType { get; init; }

    /// <summary>The array's size as the file has it: (x, y, z[, t …]) for NIfTI, (z, y, x) or (y, x) for arrays, (y, x) for grey and (y, x, 3) for colour pictures.</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    /// <summary>Number of volumes in the file; only a file with one can be read.</summary>
    public int VolumeCount { get; init; } = 1;

    /// <summary>Whether the file is a picture (PNG, JPEG, BMP): one slice without a place, whose intensities are read as 0..1.</summary>
    public bool IsPicture { get; init; }

    /// <summary>Number of channels as stored: 3 for a picture in colour, else 1. A picture stored in colour whose three channels are equal counts as grey once its pixels
    /// are read: <see cref="VolumeFile.ReadChannels"/> gives one channel then.</summary>
    public int ChannelCount { get; init; } = 1;

    /// <summary>Stored values are multiplied by this.</summary>
    public double Slope { get; init; } = 1;

    /// <summary>Added after <see cref="Slope"/>.</summary>
    public double Intercept { get; init; }

    /// <summary>The description that the writer put into the header; empty when the format has none.</summary>
    public string Description { get; init; } = "";

    /// <summary>Whether the header says that the values are labels (NIfTI intent 1002).</summary>
    public bool IsLabelMap { get; init; }

    /// <summary>Whether the file is little endian.</summary>
    public bool LittleEndian { get; init; } = true;

    /// <summary>Number of header extensions (NIfTI).</summary>
    public int ExtensionCount { get; init; }

    /// <summary>Where the voxel axes point, e.g. "RAS": see <see cref="Orientation.Of"/>.</summary>
    public string AxisCodes => Orientation.Of(Geometry.Affine);
}
