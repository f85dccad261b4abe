using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Metrics.Tests;

public class OrganScorerTests
{
    private static readonly LabelClass[] Organs = [new(1, "spleen"), new(2, "liver"), new(7, "aorta")];

    [Test]
    public void Organs_are_scored_apart_in_millimetres()
    {
        var reference = Scenes.Empty(6, 8, 9, spacing: 2).WithBox(1, 1, 1, 1, 4, 4, 4).WithBox(2, 2, 5, 5, 4, 7, 8);
        var prediction = Scenes.Empty(6, 8, 9, spacing: 2).WithBox(1, 1, 1, 2, 4, 4, 5).WithBox(2, 2, 5, 5, 4, 7, 8);
        var scores = OrganScorer.Score("case", prediction, reference, Organs, new());
        Assert.Multiple(() =>
        {
            Assert.That(scores.Case, Is.EqualTo("case"));
            Assert.That(scores.Organs.Select(organ => (organ.Id, organ.Name)), Is.EqualTo(Organs.Select(organ => (organ.Id, organ.Name))));
            Assert.That(scores.Organs[0], Is.EqualTo(new OrganScore(1, "spleen", 2.0 * 18 / 54, 2, 2, scores.Organs[0].Assd, 1, 27, 27)));
            Assert.That(scores.Organs[0].Assd, Is.EqualTo(2.0 * 10 / 26).Within(1e-12), "the outer face and the centre voxel of the inner face lie 2 mm off");
            Assert.That(scores.Organs[1], Is.EqualTo(new OrganScore(2, "liver", 1, 0, 0, 0, 1, 12, 12)));
            Assert.That(scores.Organs[2], Is.EqualTo(new OrganScore(7, "aorta", null, null, null, null, null, 0, 0)));
        });
    }

    [Test]
    public void Strict_gives_a_missed_or_invented_organ_the_diagonal()
    {
        var empty = Scenes.Empty(2, 3, 6, spacing: 2);
        var full = Scenes.Empty(2, 3, 6, spacing: 2).WithBox(1, 0, 0, 0, 1, 1, 1);
        var diagonalMm = Math.Sqrt((4 * 4) + (6 * 6) + (12 * 12));
        var (missed, invented) = (Score(empty, full, new()), Score(full, empty, new()));
        Assert.Multiple(() =>
        {
            Assert.That(missed, Is.EqualTo(new OrganScore(1, "spleen", 0, diagonalMm, diagonalMm, diagonalMm, 0, 1, 0)));
            Assert.That(invented, Is.EqualTo(new OrganScore(1, "spleen", 0, diagonalMm, diagonalMm, diagonalMm, 0, 0, 1)));
            Assert.That((missed.IsMissed, missed.IsInvented, invented.IsMissed, invented.IsInvented), Is.EqualTo((true, false, false, true)));
            Assert.That(Score(empty, full, new() { Unit = DistanceUnit.Voxel }).Hd95, Is.EqualTo(diagonalMm / 2).Within(1e-12));
        });
    }

    [Test]
    public void Paper_gives_what_the_published_rule_gives()
    {
        var empty = Scenes.Empty();
        var full = Scenes.Empty().WithBox(1, 0, 0, 0, 2, 2, 2);
        var paper = new MetricOptions { Policy = EmptyMaskPolicy.Paper, Unit = DistanceUnit.Voxel };
        Assert.Multiple(() =>
        {
            Assert.That(Score(full, empty, paper), Is.EqualTo(new OrganScore(1, "spleen", 1, null, 0, null, null, 0, 8)), "invented");
            Assert.That(Score(empty, full, paper), Is.EqualTo(new OrganScore(1, "spleen", 0, null, 0, null, null, 8, 0)), "missed");
            Assert.That(Score(empty, empty, paper), Is.EqualTo(new OrganScore(1, "spleen", 0, null, 0, null, null, 0, 0)), "absent");
        });
    }

    [Test]
    public void A_volume_of_one_slice_is_scored_as_an_image()
    {
        var reference = Scenes.Empty(1, 9, 9).WithBox(1, 0, 2, 2, 1, 7, 7);
        var prediction = Scenes.Empty(1, 9, 9).WithBox(1, 0, 3, 3, 1, 6, 6);
        Assert.That(Score(prediction, reference, new()).Assd, Is.EqualTo((1 + ((12 + (4 * Math.Sqrt(2))) / 16)) / 2).Within(1e-12));
    }

    [Test]
    public void Other_sizes_are_refused_and_both_grids_are_named()
    {
        var (prediction, reference) = (Scenes.Empty(4, 5, 6), Scenes.Empty(4, 5, 7));
        foreach (var unit in Enum.GetValues<DistanceUnit>())
        {
            Assert.That(
                () => OrganScorer.Score("case 3", prediction, reference, Organs, new() { Unit = unit }),
                Throws.InstanceOf<GeometryMismatchException>().With.Message.Contains("case 3").And.Message.Contains(prediction.Geometry.ToString())
                    .And.Message.Contains(reference.Geometry.ToString()));
        }
    }

    [Test]
    public void Other_places_are_refused_in_millimetres_unless_allowed()
    {
        var (prediction, reference) = (Scenes.Empty(spacing: 1), Scenes.Empty(spacing: 1.5));
        Assert.Multiple(() =>
        {
            Assert.That(() => OrganScorer.Score("a", prediction, reference, Organs, new()), Throws.InstanceOf<GeometryMismatchException>());
            Assert.That(() => OrganScorer.Score("a", prediction, reference, Organs, new() { RequireSamePlace = false }), Throws.Nothing);
            Assert.That(() => OrganScorer.Score("a", prediction, reference, Organs, new() { Unit = DistanceUnit.Voxel }), Throws.Nothing);
        });
    }

    [Test]
    public void Wrong_organs_and_options_are_refused_with_every_fault()
    {
        var labels = Scenes.Empty();
        Assert.Multiple(() =>
        {
            Assert.That(() => OrganScorer.Score("a", labels, labels, [], new()), Throws.ArgumentException);
            Assert.That(() => OrganScorer.Score("a", labels, labels, [new(1, "x"), new(1, "y")], new()), Throws.ArgumentException.With.Message.Contains("1, 1"));
            Assert.That(() => OrganScorer.Score("a", labels, labels, [new(0, "background")], new()), Throws.ArgumentException);
            Assert.That(
                () => OrganScorer.Score("a", labels, labels, Organs, new() { NsdToleranceMm = -1, BootstrapSamples = 0 }),
                Throws.ArgumentException.With.Message.Contains("NsdToleranceMm").And.Message.Contains("BootstrapSamples"));
        });
    }

    private static OrganScore Score(LabelVolume prediction, LabelVolume reference, MetricOptions options) =>
        OrganScorer.Score("case", prediction, reference, [Organs[0]], options).Organs[0];
}
