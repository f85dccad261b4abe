using PureHDF.VOL.Native;
using SAMed.MLNet.Imaging.Slices;

namespace SAMed.MLNet.Imaging.Hdf5;

/// <summary>The slices of an HDF5 dataset: one at a time, or where chunks hold several, a layer of chunks at a time, so that each is decoded once.</summary>
internal sealed class Hdf5Slices(string path, Hdf5Guard.OpenFile file, NativeDataset dataset, Hdf5DatasetInfo info)
    : StoredSlices(path, ArrayVolume.GeometryOf(info.Shape, path, info.Name))
{
    private Array? _layer;
    private Array? _slice;

    /// <inheritdoc/>
    public override Array Read(int z)
    {
        var perLayer = info.SlicesPerLayer;
        var at = z % perLayer;
        if (at == 0)
        {
            _layer = null; // So that two layers are never in memory.
            _layer = file.Run($"dataset '{info.Name}'", _ => info.ReadSlices(dataset, Path, z, Math.Min(perLayer, Geometry.Depth - z)));
        }
        if (perLayer == 1)
        {
            return _layer!;
        }
        _slice ??= Array.CreateInstance(info.ElementType, Geometry.SliceLength);
        Array.Copy(_layer!, at * Geometry.SliceLength, _slice, 0, Geometry.SliceLength);
        return _slice;
    }

    /// <inheritdoc/>
    public override void Dispose() => file.Dispose();
}
