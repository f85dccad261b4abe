using SAMed.MLNet.Imaging.Slices;

namespace SAMed.MLNet.Imaging.Hdf5;

/// <summary>HDF5 files with the datasets "image" and "label" in the table of formats.</summary>
internal sealed class Hdf5Format : VolumeFormat
{
    public override IReadOnlyList<string> Extensions { get; } = [".h5", ".hdf5", ".mat"];

    /// <summary>The signature stands at byte 0, or after a user block of 512, 1024 … bytes (MATLAB: 512).</summary>
    public override int MagicLength => 1024 + 8;

    private static ReadOnlySpan<byte> Magic => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0D, 0x0A, 0x1A, 0x0A];

    public override bool Matches(ReadOnlySpan<byte> start) =>
        start.StartsWith(Magic) || (start.Length > 512 && start[512..].StartsWith(Magic)) || (start.Length > 1024 && start[1024..].StartsWith(Magic));

    public override VolumeInfo Identify(string path) => Describe(path, ArrayVolume.ImageName, ArrayVolume.LabelName);

    public override VolumeInfo IdentifyImage(string path) => Describe(path, ArrayVolume.ImageName);

    public override VolumeInfo IdentifyLabels(string path) => Describe(path, ArrayVolume.LabelName);

    public override Volume<float> ReadImage(string path)
    {
        var array = Hdf5File.Read(path, ArrayVolume.ImageName);
        return ArrayVolume.ToImage(array.Data, array.Shape, path, ArrayVolume.ImageName);
    }

    public override LabelVolume ReadLabels(string path)
    {
        var array = Hdf5File.Read(path, ArrayVolume.LabelName);
        return ArrayVolume.ToLabels(array.Data, array.Shape, path, ArrayVolume.LabelName);
    }

    public override SliceReader<float> OpenImage(string path) => new ImageSliceReader(Hdf5File.OpenSlices(path, ArrayVolume.ImageName));

    public override SliceReader<ushort> OpenLabels(string path) => new LabelSliceReader(Hdf5File.OpenSlices(path, ArrayVolume.LabelName));

    public override void Write(string path, Volume<float> image, ImageStorage storage, string description) =>
        Hdf5Writer.Write(path, ArrayVolume.ToArrays(image, null));

    public override void Write(string path, LabelVolume labels, string description) =>
        Hdf5Writer.Write(path, ArrayVolume.ToArrays(null, labels));

    private static VolumeInfo Describe(string path, params string[] candidates)
    {
        var info = Hdf5File.Identify(path, candidates);
        return new VolumeInfo
        {
            Path = path,
            Format = "HDF5",
            Geometry = ArrayVolume.GeometryOf(info.Shape, path, info.Name),
            HasGeometry = false,
            StoredType = info.TypeName,
            Shape = info.Shape,
            IsLabelMap = info.Name == ArrayVolume.LabelName,
        };
    }
}
