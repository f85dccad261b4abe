using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Why a folder that has files for people has none for this program.</summary>
internal static class Unread
{
    private const int MostLooked = 10_000;

    private static readonly EnumerationOptions Deep = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, MaxRecursionDepth = 4 };

    /// <summary>A sentence on TIFF or DICOM files and on images that lie deeper, with a space behind; empty where nothing of the kind is there.</summary>
    public static string In(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*", Deep).Take(MostLooked)];
        if (files.FirstOrDefault(path => Ends(path, ".tif", ".tiff")) is { } tiff)
        {
            return $"TIFF files such as {RelativePath.Of(folder, tiff)} are not read: convert them to PNG (ImageMagick: convert a.tif a.png) or NIfTI. ";
        }
        if (files.FirstOrDefault(path => Ends(path, ".dcm", ".ima")) is { } dicom)
        {
            return $"DICOM files such as {RelativePath.Of(folder, dicom)} are not read: convert them to NIfTI (dcm2niix). ";
        }
        return files.Where(VolumeFile.IsVolumeFile).Select(path => Path.GetDirectoryName(path)!).FirstOrDefault(inner => inner != folder) is { } deeper
            ? $"Images lie deeper, in {RelativePath.Of(folder, deeper)}/: describe the folder that holds images and labels, or name the two folders with --images and --masks. "
            : "";
    }

    private static bool Ends(string path, params string[] endings) => endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}
