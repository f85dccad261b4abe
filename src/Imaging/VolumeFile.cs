using SAMed.MLNet.Imaging.Binary;
using SAMed.MLNet.Imaging.Hdf5;
using SAMed.MLNet.Imaging.Nifti;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Imaging.Pictures;

namespace SAMed.MLNet.Imaging;

/// <summary>Reads and writes files of volumes, whatever their kind: NIfTI-1 and -2 (.nii, .nii.gz, .hdr with .img), NumPy (.npz with the arrays
/// "image" and "label", .npy), HDF5 (.h5, .hdf5, .mat with the datasets "image" and "label") and pictures (.png, .jpg, .jpeg, .bmp). The content decides, then the name.
/// Arrays are (z, y, x) or one slice (y, x); they and pictures carry no place, so their spacing counts as 1 mm.</summary>
/// <remarks>A picture is one slice whose samples become 0..1: 8 bit / 255, 16 bit / 65535, as stored, without colour management. A picture that is not opaque throughout and one
/// that EXIF wants turned are refused. Of a mask the grey value is the id (8 or 16 bit; a 1-bit mask holds 0 and 1); a palette with colours says the ids by its indices; a mask in
/// colours without a palette is refused, and so is a JPEG.</remarks>
public static class VolumeFile
{
    private static readonly VolumeFormat[] Formats = [new NiftiFormat(), new NpzFormat(), new NpyFormat(), new Hdf5Format(), new PngFormat(), new JpegFormat(), new BmpFormat()];

    /// <summary>The endings of file names that <see cref="IsVolumeFile"/> accepts.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [.. Formats.SelectMany(format => format.Extensions)];

    /// <summary>Reads the header only.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">The file is none of the known kinds or its header makes no sense.</exception>
    public static VolumeInfo Identify(string path) => FormatOf(path).Identify(path);

    /// <summary>Reads the header of the image only: of an archive or HDF5 file that holds image and labels, that of the image.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">The file is none of the known kinds, holds no image, or its header makes no sense.</exception>
    public static VolumeInfo IdentifyImage(string path) => FormatOf(path).IdentifyImage(path);

    /// <summary>Reads the header of the label map only: of an archive or HDF5 file that holds image and labels, that of the labels.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">The file is none of the known kinds, holds no labels, or its header makes no sense.</exception>
    public static VolumeInfo IdentifyLabels(string path) => FormatOf(path).IdentifyLabels(path);

    /// <summary>Reads an image, [D, H, W] float32, in the file's units (Hounsfield units for CT) after its slope and intercept; a picture's in 0..1.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">The file is damaged, holds no image or several volumes, or is a picture in colour, for which there is <see cref="ReadChannels"/>.</exception>
    public static Volume<float> ReadImage(string path) => FormatOf(path).ReadImage(path);

    /// <summary>Reads an image, one volume for each channel: three (red, green, blue; [1, H, W] in 0..1) for a picture in colour, else one as <see cref="ReadImage"/> gives it. A picture
    /// whose red, green and blue are equal everywhere is a grey one.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">The file is damaged, holds no image or several volumes, or is a picture with transparent pixels.</exception>
    public static IReadOnlyList<Volume<float>> ReadChannels(string path) => FormatOf(path).ReadChannels(path);

    /// <summary>Reads a label map, [D, H, W], ids 0..65535 as the file has them; <see cref="LabelTable.Map"/> turns them into classes.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">The file is damaged, holds no labels or several volumes, or a value is no whole number from 0 to 65535.</exception>
    public static LabelVolume ReadLabels(string path) => FormatOf(path).ReadLabels(path);

    /// <summary>Opens an image to read it slice by slice, float32 in the file's units as <see cref="ReadImage"/> gives them. NIfTI, npy and npz files (these two unless they are in Fortran
    /// order) and HDF5 datasets are decoded as slices are asked for, compressed chunks of an HDF5 dataset by layers; other files are read whole.</summary>
    /// <returns>The slices, which keep the file open; dispose of them.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">The header makes no sense, or the file holds no image or several volumes. Damage further on is told when it is read.</exception>
    public static SliceReader<float> OpenImage(string path) => FormatOf(path).OpenImage(path);

    /// <summary>Opens a label map to read it slice by slice, ids as <see cref="ReadLabels"/> gives them; see <see cref="OpenImage"/>.</summary>
    /// <returns>The slices, which keep the file open; dispose of them.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">The header makes no sense, or the file holds no labels or several volumes. Damage further on is told when it is read.</exception>
    public static SliceReader<ushort> OpenLabels(string path) => FormatOf(path).OpenLabels(path);

    /// <summary>Writes an image in the kind that the name's ending says; the file appears whole or not at all.
    /// Only NIfTI keeps the place of the voxels, <paramref name="storage"/> and <paramref name="description"/> (up to 79 bytes); the others store float32,
    /// but PNG: one slice of intensities 0..1, 16 bit, or 8 with <see cref="ImageStorage.UInt8"/>, and the description.</summary>
    /// <exception cref="NotSupportedException">The ending is none of those that can be written, or the volume does not fit it.</exception>
    /// <exception cref="ArgumentException">A value does not fit the chosen storage, or the grid does not fit NIfTI-1.</exception>
    public static void Write(string path, Volume<float> image, ImageStorage storage = ImageStorage.Float32, string description = "")
    {
        ArgumentNullException.ThrowIfNull(image);
        WriterOf(path).Write(path, image, storage, description);
    }

    /// <summary>Writes a label map in the kind that the name's ending says; the file appears whole or not at all.
    /// NIfTI: uint8, or uint16 when an id exceeds 255, marked as labels (intent 1002), with <paramref name="description"/> (up to 79 bytes).
    /// npy: uint8 or uint16. npz and HDF5: float32 array "label", as in SAMed's own data. PNG: one slice, ids as grey values of 8 or 16 bit, with <paramref name="description"/>.</summary>
    /// <exception cref="NotSupportedException">The ending is none of those that can be written, or the volume does not fit it.</exception>
    public static void Write(string path, LabelVolume labels, string description = "")
    {
        ArgumentNullException.ThrowIfNull(labels);
        WriterOf(path).Write(path, labels, description);
    }

    /// <summary>Writes image and labels into one file, as SAMed's preprocessing does: arrays "image" and "label", float32 [D, H, W]; .npz or .h5.</summary>
    /// <exception cref="NotSupportedException">The ending is neither .npz nor .h5.</exception>
    /// <exception cref="ArgumentException">The two differ in size.</exception>
    public static void WritePair(string path, Volume<float> image, LabelVolume labels)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(labels);
        if ((image.Geometry.Depth, image.Geometry.Height, image.Geometry.Width) != (labels.Geometry.Depth, labels.Geometry.Height, labels.Geometry.Width))
        {
            throw new ArgumentException($"Image and labels differ in size: {image.Geometry} and {labels.Geometry}.", nameof(labels));
        }
        var arrays = ArrayVolume.ToArrays(image, labels);
        switch (WriterOf(path))
        {
            case NpzFormat:
                NpzFile.Write(path, arrays, compress: true);
                break;
            case Hdf5Format:
                Hdf5Writer.Write(path, arrays);
                break;
            default:
                throw new NotSupportedException($"{path}: image and labels go together into .npz and .h5 files only.");
        }
    }

    /// <summary>Whether the name's ending is that of a volume. Of a pair only the .hdr counts, so that a folder's cases are counted once; hidden files do not.</summary>
    public static bool IsVolumeFile(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var name = Path.GetFileName(path);
        return !name.StartsWith('.') && Formats.Any(format => EndsWithOneOf(name, format.Extensions) is not null);
    }

    /// <summary>Whether the name's ending is that of a picture: .png, .jpg, .jpeg, .bmp.</summary>
    public static bool IsPictureFile(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return IsVolumeFile(path) && ByName(path, withPartners: false)!.IsPicture;
    }

    /// <summary>The volumes of a folder (not of the folders in it), in the order of their names' characters, the same on every machine. Pictures count only where there is nothing
    /// else: beside volumes they show them.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IReadOnlyList<string> FilesIn(string folder)
    {
        var files = Directory.EnumerateFiles(folder).Where(IsVolumeFile).Order(StringComparer.Ordinal).ToLookup(IsPictureFile);
        return [.. files[false].Any() ? files[false] : files[true]];
    }

    /// <summary>The file's name without folder and without the endings of volumes: "img/a.nii.gz" → "a", "case0001.npy.h5" → "case0001".</summary>
    public static string CaseName(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var name = Path.GetFileName(path);
        while (Formats.Select(format => EndsWithOneOf(name, [.. format.Extensions, .. format.PartnerExtensions])).FirstOrDefault(found => found is not null) is { } ending
            && ending.Length < name.Length)
        {
            name = name[..^ending.Length];
        }
        return name;
    }

    private static VolumeFormat FormatOf(string path)
    {
        using var file = InputFile.Open(path);
        var start = new byte[Formats.Max(format => format.MagicLength)];
        var length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return Array.Find(Formats, format => format.Matches(start.AsSpan(0, length)))
            ?? ByName(path, withPartners: true)
            ?? throw new VolumeFormatException(path, "file", $"a volume ({string.Join(", ", Extensions)})", length == 0 ? "an empty file" : $"a file that begins with {Convert.ToHexString(start, 0, Math.Min(length, 8))}");
    }

    private static VolumeFormat WriterOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ByName(path, withPartners: false) ?? throw new NotSupportedException($"{path}: cannot tell from the name what to write; use one of {string.Join(", ", Extensions)}.");
    }

    private static VolumeFormat? ByName(string path, bool withPartners) => Array.Find(Formats,
        format => EndsWithOneOf(path, format.Extensions) is not null || (withPartners && EndsWithOneOf(path, format.PartnerExtensions) is not null));

    /// <summary>The longest matching ending, or null.</summary>
    private static string? EndsWithOneOf(string path, IReadOnlyList<string> endings) =>
        endings.Where(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)).MaxBy(ending => ending.Length);
}
