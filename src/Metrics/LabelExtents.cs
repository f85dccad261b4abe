namespace SAMed.MLNet.Metrics;

/// <summary>Where each wanted label of a volume lies and how many voxels it has, found in one pass over runs of equal labels.</summary>
internal sealed class LabelExtents
{
    private readonly Extent[] _extents;

    /// <summary>Looks for labels 1..<paramref name="maxId"/>.</summary>
    public LabelExtents(LabelRows labels, int maxId)
    {
        _extents = new Extent[maxId + 1];
        var (height, width) = (labels.Geometry.Height, labels.Geometry.Width);
        Parallel.For(0, labels.Geometry.Depth, () => (Found: new Extent[maxId + 1], Row: new ushort[width]), (z, _, mine) =>
        {
            for (var y = 0; y < height; y++)
            {
                AddRow(labels.Row((z * height) + y, mine.Row), z, y, mine.Found);
            }
            return mine;
        }, mine => Add(mine.Found));
    }

    public VoxelBox Box(int id) => _extents[id].Box;

    public int Count(int id) => _extents[id].Count;

    private static void AddRow(ReadOnlySpan<ushort> row, int z, int y, Extent[] found)
    {
        for (var x = 0; x < row.Length;)
        {
            var label = row[x];
            var end = x + LabelRun.Length(row[x..]);
            if (label != 0 && label < found.Length)
            {
                ref var extent = ref found[label];
                extent.Count += end - x;
                if (!extent.Box.Holds(z, y, x, end))
                {
                    extent.Box = extent.Box.WithRun(z, y, x, end);
                }
            }
            x = end;
        }
    }

    private void Add(Extent[] found)
    {
        lock (_extents)
        {
            for (var id = 1; id < found.Length; id++)
            {
                _extents[id] = new() { Box = _extents[id].Box.Union(found[id].Box), Count = _extents[id].Count + found[id].Count };
            }
        }
    }

    private struct Extent
    {
        public VoxelBox Box;
        public int Count;
    }
}
