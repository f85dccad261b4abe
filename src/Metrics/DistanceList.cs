namespace SAMed.MLNet.Metrics;

/// <summary>Keeps every distance, in the order of the voxels.</summary>
internal sealed class DistanceList : DistanceTaker
{
    private readonly Writer _writer;

    public DistanceList(VoxelBits from)
    {
        var before = new int[from.Depth * from.Height];
        var count = 0;
        for (var row = 0; row < before.Length; row++)
        {
            before[row] = count;
            count += from.CountBefore(row, from.Width);
        }
        Values = new double[count];
        _writer = new(from, before, Values);
    }

    public double[] Values { get; }

    public override Part Begin(int part) => _writer;

    private sealed class Writer(VoxelBits from, int[] before, double[] values) : Part
    {
        public override void Take(int row, int x, double distance) => values[before[row] + from.CountBefore(row, x)] = distance;
    }
}
