namespace SAMed.MLNet.Metrics;

/// <summary>Where each wanted label of a volume lies and how many voxels it has, found in one pass over runs of equal labels.</summary>
internal sealed class LabelExtents
{
    private readonly VoxelBox[] _boxes;
    private readonly int[] _counts;

    /// <summary>Looks for labels 1..<paramref name="maxId"/>.</summary>
    public LabelExtents(LabelRows labels, int maxId)
    {
        (_boxes, _counts) = (new VoxelBox[maxId + 1], new int[maxId + 1]);
        var height = labels.Geometry.Height;
        var scratch = new ushort[labels.Geometry.Width];
        for (var row = 0; row < labels.Geometry.Depth * height; row++)
        {
            AddRow(labels.Row(row, scratch), row / height, row % height);
        }
    }

    public VoxelBox Box(int id) => _boxes[id];

    public int Count(int id) => _counts[id];

    private void AddRow(ReadOnlySpan<ushort> row, int z, int y)
    {
        for (var x = 0; x < row.Length;)
        {
            var label = row[x];
            var length = row[x..].IndexOfAnyExcept(label);
            var end = length < 0 ? row.Length : x + length;
            if (label != 0 && label < _boxes.Length)
            {
                _boxes[label] = _boxes[label].WithRun(z, y, x, end);
                _counts[label] += end - x;
            }
            x = end;
        }
    }
}
