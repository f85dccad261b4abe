using System.Collections.Concurrent;

namespace SAMed.MLNet.Metrics;

/// <summary>Finds the surface of a mask: its voxels of which at least one neighbour is background, and what lies outside the box is. Three planes are in memory for each thread.</summary>
internal sealed class MaskSurface
{
    private const int SmallestSlab = 4;

    private readonly MaskRows _mask;
    private readonly int _stride;
    private readonly int[][] _neighbours;
    private readonly List<int> _places = [];

    /// <summary>The plane below, the one looked at and the one above, each with one voxel of background around it, so that neighbours need no bounds checks.</summary>
    private readonly byte[][] _planes;

    private MaskSurface(MaskRows mask, int connectivity)
    {
        (_mask, _stride) = (mask, mask.Width + 2);
        _planes = [.. Enumerable.Range(0, 3).Select(_ => new byte[checked((mask.Height + 2) * _stride)])];
        _neighbours = [.. Enumerable.Range(-1, 3).Select(dz => mask.Planar && dz != 0 ? [] : Offsets(dz, connectivity, _stride))];
    }

    /// <summary>The surface's voxels, whatever the number of threads.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="connectivity">How many coordinates of a neighbour may differ (by one): 1 = the 4- or 6-neighbourhood.</param>
    public static VoxelRows Of(MaskRows mask, int connectivity)
    {
        var planes = new int[mask.Depth][];
        var counts = new int[mask.Depth * mask.Height];
        var slab = Math.Max(SmallestSlab, mask.Depth / (4 * Environment.ProcessorCount));
        var free = new ConcurrentBag<MaskSurface>();
        Parallel.For(0, ((mask.Depth - 1) / slab) + 1, i =>
        {
            var finder = free.TryTake(out var used) ? used : new(mask, connectivity);
            finder.Find(i * slab, Math.Min((i + 1) * slab, mask.Depth), planes, counts);
            free.Add(finder);
        });
        return new(planes, counts, mask.Width);
    }

    private static int[] Offsets(int dz, int connectivity, int stride)
    {
        var offsets = new List<int>();
        for (var dy = -1; dy <= 1; dy++)
        {
            for (var dx = -1; dx <= 1; dx++)
            {
                var steps = Math.Abs(dz) + Math.Abs(dy) + Math.Abs(dx);
                if (steps > 0 && steps <= connectivity)
                {
                    offsets.Add((dy * stride) + dx);
                }
            }
        }
        return [.. offsets];
    }

    private void Find(int first, int end, int[][] planes, int[] counts)
    {
        Load(first - 1, _planes[0]);
        Load(first, _planes[1]);
        for (var z = first; z < end; z++)
        {
            Load(z + 1, _planes[2]);
            _places.Clear();
            for (var y = 0; y < _mask.Height; y++)
            {
                var before = _places.Count;
                AddRow(y);
                counts[(z * _mask.Height) + y] = _places.Count - before;
            }
            planes[z] = [.. _places];
            (_planes[0], _planes[1], _planes[2]) = (_planes[1], _planes[2], _planes[0]);
        }
    }

    private void Load(int z, byte[] plane)
    {
        if (_mask.Planar && z != 0)
        {
            return;
        }
        for (var y = 0; y < _mask.Height; y++)
        {
            var row = plane.AsSpan(((y + 1) * _stride) + 1, _mask.Width);
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

    private void AddRow(int y)
    {
        var start = ((y + 1) * _stride) + 1;
        var row = _planes[1].AsSpan(start, _mask.Width);
        var last = row.LastIndexOf((byte)1);
        for (var x = last < 0 ? 0 : row.IndexOf((byte)1); x <= last; x++)
        {
            if (row[x] != 0 && HasBackground(start + x))
            {
                _places.Add(x);
            }
        }
    }

    private bool HasBackground(int place)
    {
        for (var plane = 0; plane < _neighbours.Length; plane++)
        {
            var voxels = _planes[plane];
            foreach (var offset in _neighbours[plane])
            {
                if (voxels[place + offset] == 0)
                {
                    return true;
                }
            }
        }
        return false;
    }
}
