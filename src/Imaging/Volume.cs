namespace SAMed.MLNet.Imaging;

/// <summary>A 3-D image: voxels [D, H, W] with x fastest, and the grid they lie on. A 2-D image is a volume with one slice.</summary>
/// <typeparam name="T">The voxel type.</typeparam>
public class Volume<T>
    where T : unmanaged
{
    /// <summary>Takes over <paramref name="voxels"/>, of length D·H·W, without copying.</summary>
    /// <exception cref="ArgumentException">The array's length is not the grid's number of voxels.</exception>
    public Volume(Geometry geometry, T[] voxels)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentNullException.ThrowIfNull(voxels);
        if (voxels.Length != geometry.VoxelCount)
        {
            throw new ArgumentException($"A volume of {geometry} has {geometry.VoxelCount} voxels, got {voxels.Length}.", nameof(voxels));
        }
        (Geometry, Voxels) = (geometry, voxels);
    }

    /// <summary>A volume filled with zero.</summary>
    public Volume(Geometry geometry)
        : this(geometry, new T[geometry.VoxelCount])
    {
    }

    /// <summary>The grid.</summary>
    public Geometry Geometry { get; }

    /// <summary>All voxels, [D, H, W], x fastest.</summary>
    public T[] Voxels { get; }

    /// <summary>The voxel at slice <paramref name="z"/>, row <paramref name="y"/>, column <paramref name="x"/>.</summary>
    public ref T this[int z, int y, int x] => ref Voxels[(((z * Geometry.Height) + y) * Geometry.Width) + x];

    /// <summary>Slice <paramref name="z"/> as [H, W], a view on the voxels.</summary>
    public Span<T> Slice(int z) => Voxels.AsSpan(z * Geometry.SliceLength, Geometry.SliceLength);
}

/// <summary>A label map: one class id per voxel, 0 = background.</summary>
public sealed class LabelVolume : Volume<ushort>
{
    /// <inheritdoc/>
    public LabelVolume(Geometry geometry, ushort[] voxels)
        : base(geometry, voxels)
    {
    }

    /// <inheritdoc/>
    public LabelVolume(Geometry geometry)
        : base(geometry)
    {
    }

    /// <summary>Number of voxels of each id that occurs, in ascending order of ids.</summary>
    public IReadOnlyDictionary<int, int> CountLabels()
    {
        var counts = new int[ushort.MaxValue + 1];
        foreach (var label in Voxels)
        {
            counts[label]++;
        }
        return new SortedDictionary<int, int>(Enumerable.Range(0, counts.Length).Where(id => counts[id] > 0).ToDictionary(id => id, id => counts[id]));
    }
}
