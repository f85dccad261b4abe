namespace SAMed.MLNet.Metrics;

/// <summary>Squared distances in a few neighbouring sagittal planes of a box, all that a distance transform of them needs in memory: along x the nearest source is found in the bits of
/// its row, so that the transforms along y and z of one x need nothing of another.</summary>
/// <param name="sources">The set to which distances are measured.</param>
/// <param name="spacing">Distance between neighbours.</param>
/// <param name="memory">At least <see cref="Length"/> values.</param>
internal sealed class DistanceTile(VoxelBits sources, GridSpacing spacing, double[] memory)
{
    /// <summary>Most planes of a tile; there are fewer where they would take more than <see cref="Memory"/>, down to one.</summary>
    private const int MostPlanes = 8;

    /// <summary>Bytes that a tile should not exceed: the second-level cache of a core holds it.</summary>
    private const int WantedBytes = 2 << 20;

    private readonly double[] _line = new double[sources.Depth];
    private readonly LowerEnvelope _alongY = new(sources.Height, spacing.Y);
    private readonly LowerEnvelope _alongZ = new(sources.Depth, spacing.Z);
    private readonly int _column = Column(sources);
    private readonly int _planes = PlanesOf(sources);
    private int _first;

    /// <summary>What was given to the constructor.</summary>
    public double[] Memory => memory;

    /// <summary>For each y a place for the columns that are wanted there, a bit for each.</summary>
    public int[] Wanted { get; } = new int[sources.Height];

    /// <summary>Planes of a tile of the box: 1, 2, 4 or 8.</summary>
    public static int PlanesOf(VoxelBits box)
    {
        var planes = MostPlanes;
        while (planes > 1 && sizeof(double) * (long)box.Depth * planes * Column(box) > WantedBytes)
        {
            planes /= 2;
        }
        return planes;
    }

    /// <summary>Values that a tile of the box needs.</summary>
    public static int Length(VoxelBits box) => checked(box.Depth * PlanesOf(box) * Column(box));

    /// <summary>Distances within each slice, of the columns x = <paramref name="first"/> + i for which bit i of <paramref name="wanted"/> is set.</summary>
    public void TransformSlices(int first, int wanted)
    {
        _first = first;
        for (var z = 0; z < sources.Depth; z++)
        {
            var slice = memory.AsSpan(z * _planes * _column, _planes * _column);
            if (sources.IsEmpty(z))
            {
                slice.Fill(double.PositiveInfinity);
                continue;
            }
            for (var y = 0; y < sources.Height; y++)
            {
                ScanRow((z * sources.Height) + y, slice[y..]);
            }
            for (var i = 0; i < _planes; i++)
            {
                if ((wanted & (1 << i)) != 0)
                {
                    _alongY.Transform(slice.Slice(i * _column, sources.Height));
                }
            }
        }
    }

    /// <summary>The squared distances of all slices at one y and x, after <see cref="TransformSlices"/>; they stay until the next call.</summary>
    public ReadOnlySpan<double> TransformAcross(int y, int x)
    {
        var at = ((x - _first) * _column) + y;
        for (var z = 0; z < _line.Length; z++)
        {
            _line[z] = memory[(z * _planes * _column) + at];
        }
        if (_line.Length > 1)
        {
            _alongZ.Transform(_line);
        }
        return _line;
    }

    /// <summary>An odd number of cache lines lies between slices, so that the voxels of a line along z do not crowd into one set of the cache.</summary>
    private static int Column(VoxelBits box) => box.Height | 1;

    private void ScanRow(int row, Span<double> to)
    {
        var (left, right) = (sources.LastBefore(row, _first), sources.FirstFrom(row, _first));
        for (var i = 0; i < _planes; i++)
        {
            var x = _first + i;
            if (x > right)
            {
                (left, right) = (right, x < sources.Width ? sources.FirstFrom(row, x) : int.MaxValue);
            }
            var before = left >= 0 ? x - left : double.PositiveInfinity;
            var distance = Math.Min(before, right < int.MaxValue ? right - x : double.PositiveInfinity) * spacing.X;
            to[i * _column] = distance * distance;
        }
    }
}
