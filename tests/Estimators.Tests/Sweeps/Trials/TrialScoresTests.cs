using SAMed.MLNet.Estimators.Protocol;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Estimators.Tests.Sweeps.Trials;

/// <summary>What a trial on volumes says of its best weights.</summary>
public class TrialScoresTests
{
    [Test]
    public void The_best_weights_are_scored_as_the_test_program_scores_them()
    {
        using var folder = new TempFolder().WritePhantoms();
        var settings = new TrialSettings { TrialId = 0, Parameter = new([new("rank", 3)]), Seed = 5 };
        var spec = TrialSpec.Of(settings, folder.PhantomOptions("unused") with { ValidationCases = ["p2"] });

        var result = Trial.Execute(spec, folder.File("trial"));

        var expected = TestProtocol.Execute(new()
        {
            Model = new() { LoraFile = folder.File("trial/run/best.pth"), SamFile = folder.File("trial/run/initial_base.safetensors"), Device = "cpu" },
            Cases = [.. TestVolumes.Find(folder.File("data")).Where(file => file.Name == "p2")],
            Labels = spec.Run.Labels,
            Output = folder.File("test"),
            Unit = Metrics.DistanceUnit.Millimetre,
        }).Metrics.Strict;
        Assert.Multiple(() =>
        {
            Assert.That((result.Scores!.Dice, result.Scores.Hd95Mm), Is.EqualTo((expected.MeanDice, expected.MeanHd95)));
            Assert.That(result.Scores.PerClass.Select(score => score.Name), Is.EqualTo(spec.Run.Labels.Classes.Select(entry => entry.Name)));
            Assert.That(File.Exists(folder.File("trial/scores/scores.csv")));
            Assert.That(new TrialFolder(folder.File("trial")).ReadResult(null)!.Scores!.PerClass, Is.EqualTo(result.Scores.PerClass));
        });
    }
}
