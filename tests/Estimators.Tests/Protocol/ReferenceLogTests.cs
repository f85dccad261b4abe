using SAMed.MLNet.Estimators.Protocol;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Tests.Protocol;

/// <summary>The log's lines against those that the reference wrote.</summary>
public class ReferenceLogTests
{
    [Test]
    [Category("Golden")]
    public void The_references_own_predictions_give_its_log_character_by_character()
    {
        using var golden = GoldenPipeline.Open();
        var options = new MetricOptions { Policy = EmptyMaskPolicy.Paper, Unit = DistanceUnit.Voxel };
        CaseMeasurement[] measured = [.. golden.Cases.Select(name =>
        {
            var reference = VolumeFile.ReadLabels(golden.Volume(name));
            var prediction = new LabelVolume(reference.Geometry, Array.ConvertAll(golden.Prediction(name), value => (ushort)value));
            return OrganScorer.Measure(name, prediction, reference, LabelTable.Synapse.Classes, options);
        })];
        var metrics = new SegmentationMetrics(measured, LabelTable.Synapse.Classes, options);

        string[] lines =
        [
            ReferenceLog.Start(measured.Length),
            .. measured.Select((found, index) => ReferenceLog.Case(index, found.Scores(EmptyMaskPolicy.Paper))),
            .. ReferenceLog.End(metrics.Paper),
        ];

        Assert.That(lines, Is.EqualTo(File.ReadAllLines(golden.Log)));
    }

    [Test]
    public void A_mean_of_nothing_is_nan_as_in_the_reference()
    {
        var scores = new CaseScores("a", [new OrganScore(1, "liver", null, null, null, null, null, 0, 0)]);

        Assert.That(ReferenceLog.Case(3, scores), Is.EqualTo("idx 3 case a mean_dice nan mean_hd95 nan"));
    }

    [Test]
    public void The_file_has_the_time_before_each_line_and_the_observer_has_not()
    {
        using var folder = new TempFolder();
        var told = new RecordingObserver();
        using (var log = new ReferenceLog(folder.File("test_log/log.txt"), told))
        {
            log.Write("Testing Finished!");
        }

        Assert.That(File.ReadAllText(folder.File("test_log/log.txt")), Does.Match(@"^\[\d\d:\d\d:\d\d\.\d{3}\] Testing Finished!\n$"));
        Assert.That(told.Lines, Is.EqualTo(new[] { "Testing Finished!" }));
    }
}
