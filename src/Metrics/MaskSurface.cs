using System.Collections.Concurrent;

namespace SAMed.MLNet.Metrics;

/// <summary>Finds the surface of a mask: its voxels of which at least one neighbour is background, and what lies outside the box is. 64 voxels at a time; three planes are in memory for
/// each thread.</summary>
internal sealed class MaskSurface
{
    private const int SmallestSlab = 4, LastBit = 63;

    private readonly MaskRows _mask;
    private readonly int _words;
    private readonly int _stride;
    private readonly Neighbour[] _neighbours;
    private readonly ulong[] _row;

    /// <summary>The plane below, the one looked at and the one above, each with background around it, so that neighbours need no bounds checks.</summary>
    private readonly ulong[][] _planes;

    private MaskSurface(MaskRows mask, int connectivity, int words)
    {
        (_mask, _words, _stride, _row) = (mask, words, words + 2, new ulong[words]);
        _planes = [.. Enumerable.Range(0, 3).Select(_ => new ulong[checked((mask.Height + 2) * _stride)])];
        _neighbours = [.. Enumerable.Range(0, 3).Where(plane => !mask.Planar || plane == 1).SelectMany(plane => Neighbours(plane, connectivity))];
    }

    /// <summary>The surface's voxels, whatever the number of threads.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="connectivity">How many coordinates of a neighbour may differ (by one): 1 = the 4- or 6-neighbourhood.</param>
    /// <param name="memory">Where the surface's bits come from.</param>
    public static VoxelBits Of(MaskRows mask, int connectivity, ScoringMemory memory)
    {
        var surface = new VoxelBits(mask.Depth, mask.Height, mask.Width, memory);
        var slab = Math.Max(SmallestSlab, mask.Depth / (4 * Environment.ProcessorCount));
        var free = new ConcurrentBag<MaskSurface>();
        Parallel.For(0, ((mask.Depth - 1) / slab) + 1, i =>
        {
            var finder = free.TryTake(out var used) ? used : new(mask, connectivity, surface.Words);
            finder.Find(i * slab, Math.Min((i + 1) * slab, mask.Depth), surface);
            free.Add(finder);
        });
        return surface;
    }

    private IEnumerable<Neighbour> Neighbours(int plane, int connectivity) =>
        from dy in Enumerable.Range(-1, 3)
        from dx in Enumerable.Range(-1, 3)
        let steps = Math.Abs(plane - 1) + Math.Abs(dy) + Math.Abs(dx)
        where steps > 0 && steps <= connectivity
        select new Neighbour(plane, dy * _stride, dx);

    private void Find(int first, int end, VoxelBits surface)
    {
        Load(first - 1, _planes[0]);
        Load(first, _planes[1]);
        for (var z = first; z < end; z++)
        {
            Load(z + 1, _planes[2]);
            for (var y = 0; y < _mask.Height; y++)
            {
                for (var word = 0; word < _words; word++)
                {
                    _row[word] = SurfaceAt(((y + 1) * _stride) + word + 1);
                }
                surface.Write((z * _mask.Height) + y, _row);
            }
            (_planes[0], _planes[1], _planes[2]) = (_planes[1], _planes[2], _planes[0]);
        }
    }

    private void Load(int z, ulong[] plane)
    {
        for (var y = 0; y < _mask.Height; y++)
        {
            var row = plane.AsSpan(((y + 1) * _stride) + 1, _words);
            if (z < 0 || z >= _mask.Depth)
            {
                row.Clear();
            }
            else
            {
                _mask.Read(z, y, row);
            }
        }
    }

    /// <summary>Of 64 voxels those in the mask that are not inside it with all their neighbours.</summary>
    private ulong SurfaceAt(int place)
    {
        var voxels = _planes[1][place];
        var inside = voxels;
        if (voxels == 0)
        {
            return 0;
        }
        foreach (var (plane, offset, dx) in _neighbours)
        {
            var words = _planes[plane].AsSpan(place + offset - 1, 3);
            inside &= dx switch
            {
                0 => words[1],
                < 0 => (words[1] << 1) | (words[0] >> LastBit),
                _ => (words[1] >> 1) | (words[2] << LastBit),
            };
        }
        return voxels & ~inside;
    }

    private readonly record struct Neighbour(int Plane, int Offset, int Dx);
}
