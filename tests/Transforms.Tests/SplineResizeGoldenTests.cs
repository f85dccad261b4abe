using System.Globalization;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Transforms.Tests;

[Category("Golden")]
public class SplineResizeGoldenTests
{
    [Test]
    public void Published_sizes_there_and_back_equal_scipy()
    {
        using var golden = NpzFile.Open(TestData.Golden("zoom_rotate/zoom_512_224.npz"));
        var checkedNames = new List<string>();
        foreach (var name in golden.Names.Where(name => name.Contains("_to", StringComparison.Ordinal)))
        {
            var source = golden[SourceOf(golden, name)];
            var expected = golden[name];
            if (name.EndsWith("_o3", StringComparison.Ordinal))
            {
                var actual = GoldenPlane.Resize(source.ToSingle(), source.Size(), expected.Size(), SplineOrder.Cubic);
                Assert.That(GoldenPlane.MaxError(actual, expected.ToSingle()), Is.LessThanOrEqualTo(1e-6), name);
            }
            else
            {
                Assert.That(GoldenPlane.ResizeNearest(source.ToSingle(), source.Size(), expected.Size()), Is.EqualTo(expected.ToSingle()), name);
            }
            checkedNames.Add(name);
        }
        Assert.That(checkedNames, Is.Not.Empty);
    }

    /// <summary>"img224_to512_o3" comes from the array "img224", or from the one whose name says that it was resized to 224 by the same order.</summary>
    private static string SourceOf(NpzFile golden, string name)
    {
        var (prefix, order) = (name[..name.IndexOf("_to", StringComparison.Ordinal)], name[^3..]);
        if (golden.Contains(prefix))
        {
            return prefix;
        }
        var (kind, size) = (prefix[..3], prefix[3..]);
        return golden.Names.Single(other => other.StartsWith(kind, StringComparison.Ordinal) && other.EndsWith($"_to{size}{order}", StringComparison.Ordinal));
    }

    [Test]
    public void Odd_small_and_oblong_sizes_equal_scipy()
    {
        using var golden = NpzFile.Open(TestData.Golden("zoom_rotate/zoom_small.npz"));
        var pairs = File.ReadAllLines(TestData.Golden("zoom_rotate/zoom_small_pairs.tsv")).Select(line => line.Split('\t')).ToList();
        Assert.That(pairs, Is.Not.Empty);
        foreach (var pair in pairs)
        {
            var (id, size, newSize) = (pair[0], ParseSize(pair[1]), ParseSize(pair[2]));
            var (x, y) = (golden[$"{id}_x"].ToSingle(), golden[$"{id}_y"].ToInt64());
            using (Assert.EnterMultipleScope())
            {
                Assert.That(GoldenPlane.MaxError(GoldenPlane.Resize(x, size, newSize, SplineOrder.Cubic), golden[$"{id}_x_o3"].ToSingle()), Is.LessThanOrEqualTo(1e-6), id);
                Assert.That(GoldenPlane.Resize(x, size, newSize, SplineOrder.Nearest), Is.EqualTo(golden[$"{id}_x_o0"].ToSingle()), id);
                Assert.That(GoldenPlane.ResizeNearest(y, size, newSize), Is.EqualTo(golden[$"{id}_y_o0"].ToInt64()), id);
                Assert.That(GoldenPlane.Resize([.. y.Select(value => (float)value)], size, newSize, SplineOrder.Nearest), Is.EqualTo(golden[$"{id}_yf_o0"].ToSingle()), id);
                var wide = GoldenPlane.Resize(golden[$"{id}_x"].ToDouble(), size, newSize, SplineOrder.Cubic);
                Assert.That(GoldenPlane.MaxError(wide, golden[$"{id}_xd_o3"].ToDouble()), Is.LessThanOrEqualTo(1e-12), id);
            }
        }
    }

    [Test]
    public void Prefilter_gives_scipys_coefficients()
    {
        using var golden = NpzFile.Open(TestData.Golden("zoom_rotate/zoom_small.npz"));
        var x = golden["spline_x"];
        var (height, width) = x.Shape.Length == 1 ? (1, x.Shape[0]) : x.Size();
        var gain = CubicPrefilter.Gain(height) * CubicPrefilter.Gain(width);
        double[] coefficients = [.. x.ToDouble().Select(value => value * gain)];
        CubicPrefilter.AlongRows(coefficients, height, width);
        CubicPrefilter.AlongColumns(coefficients, height, width);
        Assert.That(GoldenPlane.MaxError(coefficients, golden["spline_coeff"].ToDouble()), Is.LessThanOrEqualTo(1e-12));
    }

    [Test]
    public void Exactly_the_listed_pairs_of_sizes_end_in_a_zero_edge()
    {
        using var golden = NpzFile.Open(TestData.Golden("zoom_rotate/zoom_zero_edge_pairs.npz"));
        var listed = golden["pairs"].ToInt64().Chunk(2).Select(pair => ((int)pair[0], (int)pair[1])).ToHashSet();
        var largest = listed.Max(pair => Math.Max(pair.Item1, pair.Item2));
        var found = new HashSet<(int, int)>();
        for (var size = 2; size <= largest; size++)
        {
            for (var newSize = 2; newSize <= largest; newSize++)
            {
                if (new ZoomGrid(size, newSize, ZoomEdge.Paper).Inside < newSize)
                {
                    found.Add((size, newSize));
                }
            }
        }
        Assert.That(found.SetEquals(listed), $"{found.Count} pairs found, {listed.Count} listed");
    }

    private static (int Height, int Width) ParseSize(string text) =>
        (int.Parse(text.Split('x')[0], CultureInfo.InvariantCulture), int.Parse(text.Split('x')[1], CultureInfo.InvariantCulture));
}
