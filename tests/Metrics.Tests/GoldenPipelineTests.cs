using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Metrics.Tests;

/// <summary>The published program's scores, recomputed from the label maps that it predicted.</summary>
[Category("Golden")]
public class GoldenPipelineTests
{
    private const double Tolerance = 1e-9;

    [Test]
    public void Scores_of_the_published_program_are_reproduced()
    {
        using var run = NpzFile.Open(TestData.Golden("pipeline/end_to_end.npz"));
        using var labels = NpzFile.Open(TestData.Golden("pipeline/preprocessed_test.npz"));
        var expectedMeans = run["mean_per_class"];
        var organs = Enumerable.Range(1, expectedMeans.Shape[0]).Select(id => new LabelClass(id, $"organ {id}")).ToArray();
        var options = new MetricOptions { Policy = EmptyMaskPolicy.Paper, Unit = DistanceUnit.Voxel };
        var cases = new List<CaseScores>();
        foreach (var name in run.Names.Where(name => name.EndsWith("_metrics", StringComparison.Ordinal)).Select(name => name[..^"_metrics".Length]).AtLeastOne())
        {
            cases.Add(OrganScorer.Score(name, Labels(run[$"{name}_prediction"]), Labels(labels[$"{name}_label"]), organs, options));
            Check(run[$"{name}_metrics"], cases[^1].Organs.Select(score => (score.Dice, score.Hd95)), name);
        }
        var report = new SegmentationReport(cases, options);
        Check(expectedMeans, report.Organs.Select(organ => (organ.Dice.Mean, organ.Hd95.Mean)), "mean_per_class");
        Assert.That(report.MeanDice, Is.EqualTo(run["mean_dice"].ToDouble()[0]).Within(Tolerance));
        Assert.That(report.MeanHd95, Is.EqualTo(run["mean_hd95"].ToDouble()[0]).Within(Tolerance));
    }

    private static void Check(NpyArray expected, IEnumerable<(double? Dice, double? Hd95)> got, string what)
    {
        double?[] flat = [.. got.SelectMany(pair => new[] { pair.Dice, pair.Hd95 })];
        Assert.That(flat, Is.EqualTo(expected.ToDouble()).Within(Tolerance), what);
    }

    private static LabelVolume Labels(NpyArray array) => new(
        Geometry.Unplaced(array.Shape[0], array.Shape[1], array.Shape[2]), Array.ConvertAll(array.ToDouble(), value => checked((ushort)value)));
}
