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
        while (!reference.IsEmpty)
        {
            var other = reference.IndexOfAnyExcept(reference[0]);
            var length = other < 0 ? reference.Length : other;
            var label = reference[0];
            if (label != 0 && label < both.Length)
            {
                both[label] += prediction[..length].Count(label);
            }
            prediction = prediction[length..];
            reference = reference[length..];
        }
    }
}
