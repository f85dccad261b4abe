namespace SAMed.MLNet.Metrics.Tests;

/// <summary>Scenes that are too large for what lies near to be all there is: some voxels are found by looking, others by the transform.</summary>
public class SurfaceMeasuresTests
{
    private const int Depth = 40, Height = 45, Width = 150;

    private static readonly double[] Spacing = [2.5, 0.7, 0.8];

    [TestCase(300, 1, TestName = "Distances_of_scattered_voxels_to_a_single_one_are_the_true_ones")]
    [TestCase(300, 40, TestName = "Distances_of_scattered_voxels_to_a_few_are_the_true_ones")]
    [TestCase(30, 3000, TestName = "Distances_of_a_few_voxels_to_many_are_the_true_ones")]
    [TestCase(9000, 2, TestName = "Distances_of_more_voxels_than_are_looked_for_one_by_one_are_the_true_ones")]
    public void Distances_are_the_true_ones(int predicted, int expected)
    {
        var (prediction, reference) = (Scattered(predicted, seed: 1), Scattered(expected, seed: 2));
        var distances = SurfaceDistances.Between(prediction, reference, 1, Spacing);
        var (from, to) = (BruteForce.Surface(prediction), BruteForce.Surface(reference));
        Assert.That(distances.PredictionToReference.ToArray(), Is.EqualTo(BruteForce.Distances(from, to, Spacing)).Within(1e-9));
        Assert.That(distances.ReferenceToPrediction.ToArray(), Is.EqualTo(BruteForce.Distances(to, from, Spacing)).Within(1e-9));
    }

    [TestCase(300, 1)]
    [TestCase(300, 40)]
    [TestCase(9000, 2)]
    [TestCase(30_000, 30_000)]
    public void What_is_summed_on_the_way_is_what_all_distances_give(int predicted, int expected)
    {
        var (prediction, reference) = (Scattered(predicted, seed: 1), Scattered(expected, seed: 2));
        var box = VoxelBox.Whole(prediction);
        var all = SurfaceDistances.Between(prediction, reference, 1, Spacing);
        var measured = SurfaceMeasures.Between(MaskRows.Of(prediction, box), MaskRows.Of(reference, box), GridSpacing.Of(3, Spacing), 1, 2.5, new());
        Assert.Multiple(() =>
        {
            Assert.That(measured.Hausdorff, Is.EqualTo(all.Hausdorff));
            Assert.That(measured.Hausdorff95, Is.EqualTo(all.PooledPercentile(95)));
            Assert.That(measured.Assd, Is.EqualTo(all.Assd).Within(1e-12));
            Assert.That(measured.Nsd, Is.EqualTo(all.Nsd(2.5)));
        });
    }

    [Test]
    public void Used_memory_changes_no_result()
    {
        var memory = new ScoringMemory();
        SurfaceMeasures[] Measure(ScoringMemory from) => [.. new[] { (9000, 2), (30, 3000), (300, 40) }.Select(count =>
        {
            var (prediction, reference) = (Scattered(count.Item1, seed: 3), Scattered(count.Item2, seed: 4));
            var box = prediction.Box.Union(reference.Box);
            return SurfaceMeasures.Between(MaskRows.Of(prediction, box), MaskRows.Of(reference, box), GridSpacing.Of(3, Spacing), 1, 2.5, from);
        })];
        var first = Measure(memory);
        Assert.That(Measure(memory), Is.EqualTo(first));
    }

    [Test]
    public void A_voxel_beyond_what_is_looked_at_is_not_taken_for_the_nearest()
    {
        var set = Bits((5, 5, 70));
        var (near, flat) = (new NearbyRows(set, GridSpacing.One), new NearbyRows(set, new(9, 9, 1)));
        Assert.Multiple(() =>
        {
            Assert.That(flat.Find(5, 5, 98, out _), Is.EqualTo(28 * 28));
            Assert.That(flat.Find(5, 5, 42, out _), Is.EqualTo(28 * 28));
            Assert.That(flat.Find(5, 5, 99, out _), Is.EqualTo(double.PositiveInfinity));
            Assert.That(flat.Find(5, 5, 41, out _), Is.EqualTo(double.PositiveInfinity));
            Assert.That(near.Find(7, 4, 72, out _), Is.EqualTo(9));
            Assert.That(near.Find(5, 22, 70, out _), Is.EqualTo(17 * 17));
            Assert.That(near.Find(5, 35, 70, out _), Is.EqualTo(double.PositiveInfinity));
        });
    }

    private static VoxelBits Bits(params (int Z, int Y, int X)[] places)
    {
        var voxels = new byte[Depth * Height * Width];
        foreach (var (z, y, x) in places)
        {
            voxels[(((z * Height) + y) * Width) + x] = 1;
        }
        var mask = new BinaryMask(voxels, Depth, Height, Width);
        return MaskRows.Of(mask, VoxelBox.Whole(mask)).ToBits(new());
    }

    private static BinaryMask Scattered(int count, int seed)
    {
        var random = new Random(seed);
        var voxels = new byte[Depth * Height * Width];
        for (var i = 0; i < count; i++)
        {
            voxels[random.Next(voxels.Length)] = 1;
        }
        return new(voxels, Depth, Height, Width);
    }
}
