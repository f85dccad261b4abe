using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Metrics.Tests;

/// <summary>Every pair of golden/metrics against medpy's numbers and the published rule, within 1e-9.</summary>
[Category("Golden")]
public class GoldenMetricsTests
{
    private const double Tolerance = 1e-9;
    private NpzFile _golden = null!;

    [OneTimeSetUp]
    public void Open() => _golden = NpzFile.Open(TestData.Golden("metrics/metrics.npz"));

    [OneTimeTearDown]
    public void Close() => _golden?.Dispose();

    [Test]
    public void Dice_agrees() => Check("dc", pair => Overlap.Dice(pair.Prediction, pair.Reference));

    [Test]
    public void Distances_in_voxels_agree()
    {
        Check("hd", pair => pair.Voxel.Hausdorff);
        Check("hd95", pair => pair.Voxel.PooledPercentile(95));
        Check("assd", pair => pair.Voxel.Assd);
        Check("asd_pg", pair => pair.Voxel.AsdPredictionToReference);
        Check("asd_gp", pair => pair.Voxel.AsdReferenceToPrediction);
    }

    [Test]
    public void Distances_with_spacing_agree()
    {
        Check("hd_sp", pair => pair.Spaced.Hausdorff);
        Check("hd95_sp", pair => pair.Spaced.PooledPercentile(95));
        Check("assd_sp", pair => pair.Spaced.Assd);
    }

    [Test]
    public void A_border_of_connectivity_2_agrees() =>
        Check("hd95_conn2", pair => SurfaceDistances.Between(pair.Prediction, pair.Reference, 2).PooledPercentile(95));

    [Test]
    public void Surface_sizes_agree()
    {
        Check("n_border_pred", pair => pair.Voxel.PredictionSurfaceVoxels);
        Check("n_border_gt", pair => pair.Voxel.ReferenceSurfaceVoxels);
    }

    [Test]
    public void The_published_rule_agrees()
    {
        Check("samed_dice", pair => pair.Paper.Dice);
        Check("samed_hd95", pair => pair.Paper.Hd95);
    }

    private void Check(string vector, Func<Pair, double?> measure)
    {
        var expected = _golden[vector].ToDouble();
        Assert.That(expected, Is.Not.Empty);
        Assert.Multiple(() =>
        {
            for (var i = 0; i < expected.Length; i++)
            {
                var got = measure(new Pair(_golden, $"{i:000}")) ?? double.NaN;
                Assert.That(got, Is.EqualTo(expected[i]).Within(Tolerance), $"{vector} of pair {i:000}");
            }
        });
    }

    private sealed class Pair(NpzFile golden, string key)
    {
        public BinaryMask Prediction { get; } = Mask(golden[$"{key}_pred"]);

        public BinaryMask Reference { get; } = Mask(golden[$"{key}_gt"]);

        public SurfaceDistances Voxel => SurfaceDistances.Between(Prediction, Reference);

        public SurfaceDistances Spaced => SurfaceDistances.Between(Prediction, Reference, 1, golden[$"{key}_spacing"].ToDouble());

        public OrganScore Paper => OrganScorer.Score(
            key, Scenes.Labels(Prediction), Scenes.Labels(Reference), [new(1, "organ")], new() { Policy = EmptyMaskPolicy.Paper, Unit = DistanceUnit.Voxel }).Organs[0];

        private static BinaryMask Mask(NpyArray array) => new(array.As<byte>(), array.Shape);
    }
}
