using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Hdf5;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Data.Preparation;

/// <summary>Reads a case, windows and resizes it, and writes the reference's files. Safe to use from several threads.</summary>
internal sealed class CaseWriter(DataPreparationOptions options)
{
    private readonly CaseReader _reader = new(options.LabelTable, options.Orientation);

    /// <summary>Where slices of training cases go, relative to the output folder; the reference's subsample_datasets.py adds the size to the folder's name.</summary>
    public static string TrainingFolder(DataPreparationOptions options) =>
        (options.Format == PreparedFormat.Slices ? "train_npz" : "train_vol_h5") + (options.Size is { } size ? FormattableString.Invariant($"_{size}") : "");

    /// <summary>Where test volumes go, relative to the output folder.</summary>
    public const string TestFolder = "test_vol_h5";

    /// <summary>Prepares a case, whose files have these hashes.</summary>
    /// <exception cref="VolumeFormatException">A file is damaged, or image and label map do not belong together.</exception>
    /// <exception cref="LabelTableException">A label map holds an id that the table does not know.</exception>
    public PreparedCase Write(PreparationCase item, IReadOnlyList<HashedFile> sources, CancellationToken cancellationToken)
    {
        List<HashedFile> outputs = [];
        var slices = 0;
        foreach (var file in item.Files)
        {
            var header = _reader.ReadHeader(CaseFiles.Of(file));
            RefuseColour(file.ImagePath, cancellationToken);
            var (image, labels) = (_reader.ReadImage(header), _reader.ReadLabels(header));
            if (options.WindowMin is { } low && (header.HasGeometry || options.WindowArrays))
            {
                HuWindow.Normalize(image.Voxels, image.Voxels, low, options.WindowMax!.Value);
            }
            slices += image.Geometry.Depth;
            cancellationToken.ThrowIfCancellationRequested();
            outputs.AddRange(item.IsTest ? [WriteVolume(Path.Combine(TestFolder, item.Name + ".npy.h5"), image, labels)]
                : options.Format == PreparedFormat.Volumes ? [WriteVolume(Path.Combine(TrainingFolder(options), item.Name + ".npy.h5"), Resize(image), Resize(labels))]
                : WriteSlices(item, file, image, labels, cancellationToken));
        }
        return new(item.Name, item.IsTest, slices, sources, outputs);
    }

    /// <summary>The reference's files have one channel.</summary>
    private static void RefuseColour(string path, CancellationToken cancellationToken)
    {
        if (ImageChannels.Detect([path], cancellationToken) > 1)
        {
            throw new VolumeFormatException(path, "channels", "a grey image, for prepared files hold one channel",
                "a picture in colour. Pictures need no preparation: samed train and LoadSlices read their folder directly; or make them grey first");
        }
    }

    private IEnumerable<HashedFile> WriteSlices(PreparationCase item, LabelledFile file, Volume<float> image, Volume<byte> labels, CancellationToken cancellationToken)
    {
        (image, labels) = (Resize(image), Resize(labels));
        int[] shape = [image.Geometry.Height, image.Geometry.Width];
        for (var z = 0; z < image.Geometry.Depth; z++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = Path.Combine(TrainingFolder(options), item.SliceName(file, z) + ".npz");
            // The order of the reference's np.savez.
            NpzFile.Write(Path.Combine(options.Output, path),
                [new("label", NpyArray.Create(ToSingle(labels.Slice(z)), shape)), new("image", NpyArray.Create(image.Slice(z).ToArray(), shape))], options.Compress);
            yield return HashedFile.Of(Path.Combine(options.Output, path), options.Output);
        }
    }

    private HashedFile WriteVolume(string name, Volume<float> image, Volume<byte> labels)
    {
        var path = Path.Combine(options.Output, name);
        int[] shape = [image.Geometry.Depth, image.Geometry.Height, image.Geometry.Width];
        Hdf5File.Write(path, [new("image", NpyArray.Create(image.Voxels, shape)), new("label", NpyArray.Create(ToSingle(labels.Voxels), shape))]);
        return HashedFile.Of(path, options.Output);
    }

    private Volume<float> Resize(Volume<float> image) =>
        Resize(image, (from, to, height, width, size) => SplineResize.Resize(from, height, width, to, size, size, SplineOrder.Cubic, options.ZoomEdge));

    private Volume<byte> Resize(Volume<byte> labels) =>
        Resize(labels, (from, to, height, width, size) => SplineResize.ResizeNearest<byte>(from, height, width, to, size, size, options.ZoomEdge));

    private Volume<T> Resize<T>(Volume<T> volume, ResizePlane<T> resize)
        where T : unmanaged
    {
        if (options.Size is not { } size)
        {
            return volume;
        }
        var (depth, height, width) = (volume.Geometry.Depth, volume.Geometry.Height, volume.Geometry.Width);
        var resized = new Volume<T>(Geometry.Unplaced(depth, size, size));
        for (var z = 0; z < depth; z++)
        {
            resize(volume.Slice(z), resized.Slice(z), height, width, size);
        }
        return resized;
    }

    private static float[] ToSingle(ReadOnlySpan<byte> ids)
    {
        var values = new float[ids.Length];
        for (var n = 0; n < values.Length; n++)
        {
            values[n] = ids[n];
        }
        return values;
    }

    private delegate void ResizePlane<T>(ReadOnlySpan<T> from, Span<T> to, int height, int width, int size);
}
