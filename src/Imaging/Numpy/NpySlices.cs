using SAMed.MLNet.Imaging.Slices;

namespace SAMed.MLNet.Imaging.Numpy;

/// <summary>The slices of an npy array, (z, y, x) or (y, x), that lies slice by slice.</summary>
/// <param name="path">The file.</param>
/// <param name="prefix">Put before the field in errors: empty, or the archive's entry.</param>
/// <param name="name">The array's name, for errors.</param>
/// <param name="header">The array's header.</param>
/// <param name="stream">The array's elements.</param>
/// <param name="verify">Checks what comes after the last element.</param>
/// <param name="owner">Closed with this.</param>
internal sealed class NpySlices(string path, string prefix, string name, NpyHeader header, Stream stream, Action verify, IDisposable owner)
    : StoredSlices(path, ArrayVolume.GeometryOf(header.Shape, path, name))
{
    private readonly NpyHeader _slice = header.OfSlice();

    /// <inheritdoc/>
    public override Array Read(int z)
    {
        var slice = NpyData.Read(stream, _slice, false, Path, prefix).Data;
        if (z == Geometry.Depth - 1)
        {
            verify();
        }
        return slice;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        stream.Dispose();
        owner.Dispose();
    }
}
