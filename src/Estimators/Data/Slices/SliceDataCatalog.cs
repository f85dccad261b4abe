using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;

namespace Microsoft.ML;

/// <summary>Slices of medical images as data, among ML.NET's own loaders.</summary>
/// <remarks>The columns: <c>Case</c> (Text), <c>Slice</c> (Int32, number in its case), <c>Height</c> and <c>Width</c> (Int32, rows and columns), <c>SpacingX</c>, <c>SpacingY</c>,
/// <c>SpacingZ</c> (Single, mm between neighbouring columns, rows and slices; 1 where the file does not say), <c>Image</c> (Vector&lt;Single&gt; of variable size, [H, W] row by
/// row, in the file's intensities; pictures in 0..1, and [3, H, W] with <see cref="SliceDataOptions.Channels"/> 3) and, with labels, <c>Label</c> (Vector&lt;Byte&gt;, class ids 0..C, 0 = background). With a table of labels, the Label column's annotation
/// <c>ClassNames</c> holds the names of the classes 1..C.
/// Only headers are read at once. A pass that asks for neither Image nor Label reads no voxel; one in order keeps one volume in memory, a shuffled one
/// <see cref="SliceDataOptions.VolumesInMemory"/>. Faults in voxels show when their row is read.</remarks>
public static class SliceDataCatalog
{
    /// <summary>Slices of a data folder: <c>images/</c> and <c>labels/</c> with equally named volumes, nnU-Net's <c>imagesTr/</c> and <c>labelsTr/</c>, the reference's npz slices, or
    /// h5 volumes that hold image and label. Pictures (PNG, JPEG, BMP) count as volumes of one slice.</summary>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How to read; null = all defaults.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="DataFolderException">The folder holds no pairs, or images without labels; the list is not there, or names files that are not there or one of them twice; a part
    /// is asked for that the folder does not have.</exception>
    /// <exception cref="DatasetDescriptionException">Its <c>dataset.json</c> is not well formed.</exception>
    /// <exception cref="VolumeFormatException">A header makes no sense, or image and label have different shapes or places.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static IDataView LoadSlices(this DataOperationsCatalog catalog, string folder, SliceDataOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new();
        options.Validate();
        var data = DataFolder.Find(folder, options.ListFile).Part(options.Parts);
        return SliceDataView.Create([.. data.Files.Select(CaseFiles.Of)], options.With(data.Description));
    }

    /// <summary>Slices of labelled files: pairs of volumes, volumes that hold image and label (the same path twice), or files of one slice.</summary>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="files">The files; a case occurs once, or with slices of different numbers.</param>
    /// <param name="options">How to read; null = all defaults. <see cref="SliceDataOptions.ListFile"/> and <see cref="SliceDataOptions.Parts"/> must not be set.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="VolumeFormatException">A header makes no sense, or image and label have different shapes or places.</exception>
    /// <exception cref="ArgumentException">There are no files, only some have labels, a case is given twice, or an option is out of range.</exception>
    public static IDataView LoadSlices(this DataOperationsCatalog catalog, IEnumerable<LabelledFile> files, SliceDataOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(files);
        return SliceDataView.Create([.. files.Select(CaseFiles.Of)], WithoutList(options));
    }

    /// <summary>Slices of images without labels: there is no Label column. The case is the file's name without endings; npz and npy files named as the reference's slices
    /// (<c>case0005_slice012.npz</c>) belong to one case.</summary>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="imageFiles">The files.</param>
    /// <param name="options">How to read; null = all defaults. <see cref="SliceDataOptions.ListFile"/> and <see cref="SliceDataOptions.Parts"/> must not be set; <see cref="SliceDataOptions.Labels"/> has nothing to map.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="VolumeFormatException">A header makes no sense.</exception>
    /// <exception cref="ArgumentException">There are no files, two have the same name, or an option is out of range.</exception>
    public static IDataView LoadSlices(this DataOperationsCatalog catalog, IEnumerable<string> imageFiles, SliceDataOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(imageFiles);
        return SliceDataView.Create([.. imageFiles.Select(Image)], WithoutList(options));
    }

    private static CaseFiles Image(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var mayBeSlice = path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);
        var (name, slice) = mayBeSlice ? SliceFileName.Parse(path) : (VolumeFile.CaseName(path), null);
        return new(name, path, null, slice);
    }

    private static SliceDataOptions WithoutList(SliceDataOptions? options) => options?.Parts is { } parts
        ? throw new ArgumentException($"Parts ({parts}) chooses cases of a folder with a dataset.json; here the files are given. Leave it out.", nameof(options))
        : options?.ListFile is { } list
        ? throw new ArgumentException($"ListFile ({list}) chooses files of a folder; here the files are given. Leave it out.", nameof(options))
        : options ?? new();
}
