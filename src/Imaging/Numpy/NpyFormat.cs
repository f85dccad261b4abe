using SAMed.MLNet.Imaging.Binary;
using SAMed.MLNet.Imaging.Slices;

namespace SAMed.MLNet.Imaging.Numpy;

/// <summary>npy files, the array being the image or the labels, in the table of formats.</summary>
internal sealed class NpyFormat : VolumeFormat
{
    public override IReadOnlyList<string> Extensions { get; } = [".npy"];

    public override bool Matches(ReadOnlySpan<byte> start) => NpyHeader.IsMagic(start);

    /// <summary>What a header says.</summary>
    public static VolumeInfo Describe(NpyHeader header, string path, string format, string name) => new()
    {
        Path = path,
        Format = format,
        Geometry = ArrayVolume.GeometryOf(header.Shape, path, name),
        HasGeometry = false,
        StoredType = header.ElementType.Name,
        Shape = header.Shape,
        LittleEndian = !header.ElementType.BigEndian,
    };

    public override VolumeInfo Identify(string path)
    {
        using var stream = InputFile.Open(path);
        return Describe(NpyFile.ReadHeader(stream, path), path, "npy", "array");
    }

    public override Volume<float> ReadImage(string path)
    {
        var array = NpyFile.Read(path);
        return ArrayVolume.ToImage(array.Data, array.Shape, path, "array");
    }

    public override LabelVolume ReadLabels(string path)
    {
        var array = NpyFile.Read(path);
        return ArrayVolume.ToLabels(array.Data, array.Shape, path, "array");
    }

    public override SliceReader<float> OpenImage(string path) => OpenSlices(path) is { } slices ? new ImageSliceReader(slices) : base.OpenImage(path);

    public override SliceReader<ushort> OpenLabels(string path) => OpenSlices(path) is { } slices ? new LabelSliceReader(slices) : base.OpenLabels(path);

    public override void Write(string path, Volume<float> image, ImageStorage storage, string description) =>
        NpyFile.Write(path, NpyArray.Create(image.Voxels, ArrayVolume.ShapeOf(image.Geometry)));

    public override void Write(string path, LabelVolume labels, string description)
    {
        var shape = ArrayVolume.ShapeOf(labels.Geometry);
        NpyFile.Write(path, labels.Voxels.Any(id => id > byte.MaxValue)
            ? NpyArray.Create(labels.Voxels, shape)
            : NpyArray.Create(Array.ConvertAll(labels.Voxels, id => (byte)id), shape));
    }

    private static NpySlices? OpenSlices(string path)
    {
        var stream = InputFile.Open(path);
        try
        {
            var header = NpyFile.ReadHeader(stream, path);
            if (header.IsInSlices)
            {
                return new(path, "", "array", header, stream, static () => { }, stream);
            }
        }
        catch
        {
            stream.Dispose();
            throw;
        }
        stream.Dispose();
        return null;
    }
}
