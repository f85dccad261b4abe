using SAMed.MLNet.Imaging.Binary;

namespace SAMed.MLNet.Imaging.Slices;

/// <summary>Stored slices as float32 in the file's units.</summary>
internal sealed class ImageSliceReader(StoredSlices stored) : SliceReader<float>(stored.Geometry)
{
    private protected override void ReadNext(Memory<float> slice) => Elements.ToSingle(stored.Read(Next), slice, stored.Slope, stored.Intercept);

    protected override void Dispose(bool disposing)
    {
        stored.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Stored slices as label ids.</summary>
internal sealed class LabelSliceReader(StoredSlices stored) : SliceReader<ushort>(stored.Geometry)
{
    private protected override void ReadNext(Memory<ushort> slice) =>
        LabelConversion.ToLabels(stored.Read(Next), slice, Geometry, Next * Geometry.SliceLength, stored.Path, stored.Slope, stored.Intercept);

    protected override void Dispose(bool disposing)
    {
        stored.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>The slices of a volume in memory, for kinds of file that are read whole.</summary>
internal sealed class VolumeSliceReader<T>(Volume<T> volume) : SliceReader<T>(volume.Geometry)
    where T : unmanaged
{
    private protected override void ReadNext(Memory<T> slice) => volume.Slice(Next).CopyTo(slice.Span);
}
