using SAMed.MLNet.Imaging.Slices;

namespace SAMed.MLNet.Imaging.Numpy;

/// <summary>npz archives with the arrays "image" and "label" in the table of formats.</summary>
internal sealed class NpzFormat : VolumeFormat
{
    public override IReadOnlyList<string> Extensions { get; } = [".npz"];

    public override bool Matches(ReadOnlySpan<byte> start) => start.StartsWith("PK\u0003\u0004"u8) || start.StartsWith("PK\u0005\u0006"u8);

    public override VolumeInfo Identify(string path)
    {
        using var archive = NpzFile.Open(path);
        var name = !archive.Contains(ArrayVolume.ImageName) && archive.Contains(ArrayVolume.LabelName) ? ArrayVolume.LabelName : ArrayVolume.ImageName;
        return Describe(archive, name, path);
    }

    public override VolumeInfo IdentifyImage(string path)
    {
        using var archive = NpzFile.Open(path);
        return Describe(archive, ArrayVolume.ImageName, path);
    }

    public override VolumeInfo IdentifyLabels(string path)
    {
        using var archive = NpzFile.Open(path);
        return Describe(archive, ArrayVolume.LabelName, path);
    }

    public override Volume<float> ReadImage(string path)
    {
        using var archive = NpzFile.Open(path);
        var array = archive[ArrayVolume.ImageName];
        return ArrayVolume.ToImage(array.Data, array.Shape, path, ArrayVolume.ImageName);
    }

    public override LabelVolume ReadLabels(string path)
    {
        using var archive = NpzFile.Open(path);
        var array = archive[ArrayVolume.LabelName];
        return ArrayVolume.ToLabels(array.Data, array.Shape, path, ArrayVolume.LabelName);
    }

    public override SliceReader<float> OpenImage(string path) =>
        NpzFile.OpenSlices(path, ArrayVolume.ImageName) is { } slices ? new ImageSliceReader(slices) : base.OpenImage(path);

    public override SliceReader<ushort> OpenLabels(string path) =>
        NpzFile.OpenSlices(path, ArrayVolume.LabelName) is { } slices ? new LabelSliceReader(slices) : base.OpenLabels(path);

    public override void Write(string path, Volume<float> image, ImageStorage storage, string description) =>
        NpzFile.Write(path, ArrayVolume.ToArrays(image, null), compress: true);

    public override void Write(string path, LabelVolume labels, string description) =>
        NpzFile.Write(path, ArrayVolume.ToArrays(null, labels), compress: true);

    private static VolumeInfo Describe(NpzFile archive, string name, string path) =>
        NpyFormat.Describe(archive.ReadHeader(name), path, "npz", name) with { IsLabelMap = name == ArrayVolume.LabelName };
}
