using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging.Phantoms;
using SAMed.MLNet.Transforms;

namespace AddAdapter;

/// <summary>Slices of drawn patients, in memory.</summary>
internal static class PhantomSlices
{
    /// <summary>Every slice of the patients of these seeds, windowed to [0, 1].</summary>
    public static IReadOnlyList<StoredSlice> Of(params IEnumerable<int> seeds) => [.. seeds.SelectMany(Of)];

    private static IEnumerable<StoredSlice> Of(int seed)
    {
        var (hu, labels) = AbdomenPhantom.Create(seed, new PhantomOptions { Width = 64, Height = 64, Depth = 16 });
        HuWindow.Normalize(hu.Voxels, hu.Voxels, HuWindow.PaperMinHu, HuWindow.PaperMaxHu);
        var (depth, height, width) = (hu.Geometry.Depth, hu.Geometry.Height, hu.Geometry.Width);
        return Enumerable.Range(0, depth).Select(z => new StoredSlice(
            $"phantom {seed}", z, height, width, hu.Slice(z).ToArray(), Array.ConvertAll(labels.Slice(z).ToArray(), id => (byte)id)));
    }
}
