namespace SAMed.MLNet.Metrics;

/// <summary>How many voxels of each label two label maps on one grid have in common.</summary>
internal static class LabelAgreement
{
    /// <summary>Number of voxels that both maps label i, for each i of 0..<paramref name="maxId"/> but 0.</summary>
    public static int[] Count(LabelRows prediction, LabelRows reference, int maxId)
    {
        var both = new int[maxId + 1];
        var (height, width) = (reference.Geometry.Height, reference.Geometry.Width);
        Parallel.For(0, reference.Geometry.Depth, () => (Both: new int[maxId + 1], First: new ushort[width], Second: new ushort[width]), (z, _, mine) =>
        {
            for (var row = z * height; row < (z + 1) * height; row++)
            {
                AddRow(prediction.Row(row, mine.First), reference.Row(row, mine.Second), mine.Both);
            }
            return mine;
        }, mine =>
        {
            lock (both)
            {
                for (var id = 1; id <= maxId; id++)
                {
                    both[id] += mine.Both[id];
                }
            }
        });
        return both;
    }

    private static void AddRow(ReadOnlySpan<ushort> prediction, ReadOnlySpan<ushort> reference, int[] both)
    {
        for (var x = 0; x < reference.Length;)
        {
            var label = reference[x];
            var length = LabelRun.Length(reference[x..]);
            if (label != 0 && label < both.Length)
            {
                both[label] += length > 1 ? prediction.Slice(x, length).Count(label) : prediction[x] == label ? 1 : 0;
            }
            x += length;
        }
    }
}
