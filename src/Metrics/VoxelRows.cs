namespace SAMed.MLNet.Metrics;

/// <summary>Places of voxels in a box, row by row and in ascending order within a row: four bytes for a voxel and four for a row.</summary>
internal sealed class VoxelRows
{
    private readonly int[] _ends;
    private readonly int[] _places;

    /// <param name="planes">For each plane the x of its voxels, one row after the other.</param>
    /// <param name="counts">Number of voxels in each row z·H + y; becomes part of the object.</param>
    /// <param name="width">W.</param>
    public VoxelRows(int[][] planes, int[] counts, int width)
    {
        (Depth, Height, Width) = (planes.Length, counts.Length / planes.Length, width);
        _places = new int[checked((int)planes.Sum(plane => plane.LongLength))];
        var at = 0;
        foreach (var plane in planes)
        {
            plane.CopyTo(_places, at);
            at += plane.Length;
        }
        for (var row = 1; row < counts.Length; row++)
        {
            counts[row] += counts[row - 1];
        }
        _ends = counts;
    }

    public int Depth { get; }

    public int Height { get; }

    public int Width { get; }

    public int Count => _places.Length;

    /// <summary>Number of voxels before row <paramref name="row"/>, up to D·H.</summary>
    public int Before(int row) => row == 0 ? 0 : _ends[row - 1];

    /// <summary>The x of the voxels of row z·H + y, ascending.</summary>
    public ReadOnlySpan<int> Row(int row) => _places.AsSpan(Before(row).._ends[row]);

    /// <summary>Index of the first of ascending places that is at or after <paramref name="x"/>.</summary>
    public static int FirstFrom(ReadOnlySpan<int> places, int x)
    {
        var (low, high) = (0, places.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = places[middle] < x ? (middle + 1, high) : (low, middle);
        }
        return low;
    }

    /// <summary>The voxels of a mask.</summary>
    public static VoxelRows Of(BinaryMask mask)
    {
        var counts = new int[mask.Depth * mask.Height];
        var planes = new int[mask.Depth][];
        var places = new List<int>();
        for (var z = 0; z < mask.Depth; z++)
        {
            places.Clear();
            for (var row = z * mask.Height; row < (z + 1) * mask.Height; row++)
            {
                var before = places.Count;
                for (var x = 0; x < mask.Width; x++)
                {
                    if (mask.Voxels[(row * mask.Width) + x] != 0)
                    {
                        places.Add(x);
                    }
                }
                counts[row] = places.Count - before;
            }
            planes[z] = [.. places];
        }
        return new(planes, counts, mask.Width);
    }
}
