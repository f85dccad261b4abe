using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Rendering;

/// <summary>Chooses the slices worth looking at.</summary>
internal static class SliceChoice
{
    /// <summary>The slice that shows most classes, and of those the one with most labelled voxels; the middle one when nothing is labelled.</summary>
    public static int Best(LabelVolume labels) => Enumerable.Range(0, labels.Geometry.Depth)
        .OrderByDescending(z => CountClasses(labels.Slice(z)))
        .ThenByDescending(z => CountLabelled(labels, z))
        .ThenBy(z => Math.Abs(z - (labels.Geometry.Depth / 2)))
        .First();

    /// <summary>At most <paramref name="count"/> slices in ascending order: the range of slices with labels is cut into that many equal parts and each gives its slice with most
    /// labelled voxels, because the fullest slices of all are neighbours and look alike. Without labels the whole volume counts as the range.</summary>
    public static IReadOnlyList<int> Spread(LabelVolume labels, int count)
    {
        int[] labelled = [.. Enumerable.Range(0, labels.Geometry.Depth).Where(z => CountLabelled(labels, z) > 0)];
        var (first, length) = labelled.Length == 0 ? (0, labels.Geometry.Depth) : (labelled[0], labelled[^1] - labelled[0] + 1);
        var parts = Math.Min(count, length);
        return [.. Enumerable.Range(0, parts).Select(part => Fullest(labels, first + (int)((long)part * length / parts), first + (int)((part + 1L) * length / parts)))];
    }

    private static int Fullest(LabelVolume labels, int from, int to) =>
        Enumerable.Range(from, to - from).OrderByDescending(z => CountLabelled(labels, z)).ThenBy(z => Math.Abs((2 * z) - from - to + 1)).First();

    private static int CountLabelled(LabelVolume labels, int z) => labels.Geometry.SliceLength - labels.Slice(z).Count((ushort)0);

    private static int CountClasses(ReadOnlySpan<ushort> slice)
    {
        var classes = new HashSet<ushort>();
        foreach (var label in slice)
        {
            if (label != 0)
            {
                classes.Add(label);
            }
        }
        return classes.Count;
    }
}
