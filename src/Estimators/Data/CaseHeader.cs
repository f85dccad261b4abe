using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Files of a case, or of one slice of it.</summary>
/// <param name="Name">The case.</param>
/// <param name="ImagePath">File of the image.</param>
/// <param name="LabelPath">File of the label map; null when there is none.</param>
/// <param name="SliceIndex">Slice number for a file that holds one slice of the case; null for a whole volume.</param>
internal sealed record CaseFiles(string Name, string ImagePath, string? LabelPath, int? SliceIndex)
{
    public static CaseFiles Of(LabelledFile file) => new(file.Name, file.ImagePath, file.LabelPath, file.SliceIndex);
}

/// <summary>What the headers of a case say.</summary>
/// <param name="Files">The files.</param>
/// <param name="Stored">The grid as the files have it.</param>
/// <param name="Delivered">The grid after the reorientation that was asked for.</param>
/// <param name="HasGeometry">Whether the image file says where its voxels lie; only then is it reoriented.</param>
internal sealed record CaseHeader(CaseFiles Files, Geometry Stored, Geometry Delivered, bool HasGeometry)
{
    /// <summary>Slices as delivered.</summary>
    public int Depth => Delivered.Depth;

    /// <summary>The number that the case gives its slice <paramref name="z"/>.</summary>
    public int SliceNumber(int z) => Files.SliceIndex ?? z;
}
