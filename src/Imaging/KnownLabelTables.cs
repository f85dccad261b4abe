namespace SAMed.MLNet.Imaging;

/// <summary>The tables of public data sets, all mapped to the eight organs that SAMed segments.</summary>
internal static class KnownLabelTables
{
    private static readonly string[] Organs = ["spleen", "right kidney", "left kidney", "gallbladder", "liver", "stomach", "aorta", "pancreas"];

    /// <summary>Each list gives the file ids of the eight organs in that order.</summary>
    public static LabelTable Synapse { get; } = Create("synapse", 8, [1, 2, 3, 4, 5, 6, 7, 8]);

    public static LabelTable Btcv { get; } = Create("btcv", 13, [1, 2, 3, 4, 6, 7, 8, 11]);

    public static LabelTable TotalSegmentator { get; } = Create("totalsegmentator", 117, [1, 2, 3, 4, 5, 6, 52, 7]);

    public static LabelTable Amos { get; } = Create("amos", 15, [1, 2, 3, 4, 6, 7, 8, 10]);

    public static IReadOnlyList<LabelTable> All { get; } = [Synapse, Btcv, TotalSegmentator, Amos];

    private static LabelTable Create(string name, int highestId, int[] organIds)
    {
        var classes = Organs.Select((organ, n) => new LabelClass(n + 1, organ)).ToArray();
        var fileIds = Enumerable.Range(1, highestId).ToDictionary(id => id, id => Array.IndexOf(organIds, id) + 1);
        return new LabelTable(name, classes, fileIds);
    }
}
