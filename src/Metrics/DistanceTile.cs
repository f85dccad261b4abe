namespace SAMed.MLNet.Metrics;

/// <summary>Squared distances in a few neighbouring sagittal planes of a box, all that a distance transform of them needs in memory: along x the nearest source of a row is found in
/// the list of its sources, so that the transforms along y and z of one x need nothing of another.</summary>
internal sealed class DistanceTile
{
    /// <summary>Number of planes.</summary>
    public const int Width = 8;

    private readonly VoxelRows _sources;
    private readonly GridSpacing _spacing;
    private readonly double[] _squared;
    private readonly double[] _line;
    private readonly LowerEnvelope _alongY;
    private readonly LowerEnvelope _alongZ;
    private readonly int _column;
    private int _first;

    /// <param name="sources">The set to which distances are measured.</param>
    /// <param name="spacing">Distance between neighbours.</param>
    /// <param name="memory">At least <see cref="Length"/> values.</param>
    public DistanceTile(VoxelRows sources, GridSpacing spacing, double[] memory)
    {
        (_sources, _spacing, _squared, _column) = (sources, spacing, memory, Column(sources));
        (_line, _alongY, _alongZ) = (new double[sources.Depth], new(sources.Height, spacing.Y), new(sources.Depth, spacing.Z));
    }

    /// <summary>What was given to the constructor.</summary>
    public double[] Memory => _squared;

    /// <summary>Values that a tile of the box needs.</summary>
    public static int Length(VoxelRows box) => checked(box.Depth * Width * Column(box));

    /// <summary>Distances within each slice, of the columns x = <paramref name="first"/> + i for which <paramref name="wanted"/>[i].</summary>
    public void TransformSlices(int first, ReadOnlySpan<bool> wanted)
    {
        _first = first;
        for (var z = 0; z < _sources.Depth; z++)
        {
            var slice = _squared.AsSpan(z * Width * _column, Width * _column);
            if (_sources.Before(z * _sources.Height) == _sources.Before((z + 1) * _sources.Height))
            {
                slice.Fill(double.PositiveInfinity);
                continue;
            }
            for (var y = 0; y < _sources.Height; y++)
            {
                ScanRow(_sources.Row((z * _sources.Height) + y), slice[y..]);
            }
            for (var i = 0; i < Width; i++)
            {
                if (wanted[i])
                {
                    _alongY.Transform(slice.Slice(i * _column, _sources.Height));
                }
            }
        }
    }

    /// <summary>Distances across the slices at one y and x, after <see cref="TransformSlices"/>; of a single slice there are none.</summary>
    public void TransformAcross(int y, int x)
    {
        if (_sources.Depth == 1)
        {
            return;
        }
        var at = ((x - _first) * _column) + y;
        for (var z = 0; z < _line.Length; z++)
        {
            _line[z] = _squared[(z * Width * _column) + at];
        }
        _alongZ.Transform(_line);
        for (var z = 0; z < _line.Length; z++)
        {
            _squared[(z * Width * _column) + at] = _line[z];
        }
    }

    /// <summary>The squared distance at a voxel, after both transforms.</summary>
    public double At(int z, int y, int x) => _squared[(((z * Width) + x - _first) * _column) + y];

    /// <summary>An odd number of cache lines lies between slices, so that the voxels of a line along z do not crowd into one set of the cache.</summary>
    private static int Column(VoxelRows box) => box.Height | 1;

    private void ScanRow(ReadOnlySpan<int> places, Span<double> to)
    {
        var next = VoxelRows.FirstFrom(places, _first);
        for (var i = 0; i < Width; i++)
        {
            var x = _first + i;
            while (next < places.Length && places[next] < x)
            {
                next++;
            }
            var left = next > 0 ? x - places[next - 1] : double.PositiveInfinity;
            var distance = Math.Min(left, next < places.Length ? places[next] - x : double.PositiveInfinity) * _spacing.X;
            to[i * _column] = distance * distance;
        }
    }
}
