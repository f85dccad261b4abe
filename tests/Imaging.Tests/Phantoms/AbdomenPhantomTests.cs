using SAMed.MLNet.Imaging.Phantoms;

namespace SAMed.MLNet.Imaging.Tests.Phantoms;

[TestFixture]
public class AbdomenPhantomTests
{
    private static readonly PhantomOptions s_default = new();

    [Test]
    public void The_same_seed_gives_the_same_voxels()
    {
        var (hu, labels) = AbdomenPhantom.Create(7, s_default);
        var (again, labelsAgain) = AbdomenPhantom.Create(7, s_default);
        Assert.Multiple(() =>
        {
            Assert.That(again.Voxels, Is.EqualTo(hu.Voxels));
            Assert.That(labelsAgain.Voxels, Is.EqualTo(labels.Voxels));
        });
    }

    [Test]
    public void Other_seeds_give_other_patients_and_other_scanners()
    {
        var (hu, labels) = AbdomenPhantom.Create(7, s_default);
        var (other, otherLabels) = AbdomenPhantom.Create(8, s_default);
        Assert.Multiple(() =>
        {
            Assert.That(other.Voxels, Is.Not.EqualTo(hu.Voxels));
            Assert.That(otherLabels.Voxels, Is.Not.EqualTo(labels.Voxels));
        });
    }

    [Test]
    public void Every_organ_is_present_in_many_patients()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var counts = AbdomenPhantom.Create(seed, s_default).Labels.CountLabels();
            Assert.That(counts.Keys, Is.EqualTo(Enumerable.Range(0, 9)), $"seed {seed}");
            Assert.That(counts.Values.Min(), Is.GreaterThan(150), $"seed {seed}: {string.Join(", ", counts)}");
        }
    }

    [TestCase(32, 32, 8, 40)]
    [TestCase(160, 128, 40, 150)]
    public void Other_grids_hold_all_organs_too(int width, int height, int depth, int voxels)
    {
        var options = s_default with { Width = width, Height = height, Depth = depth, SpacingXMm = 2.1, SpacingYMm = 2.4, SpacingZMm = 5 };
        var (hu, labels) = AbdomenPhantom.Create(3, options);
        var counts = labels.CountLabels();
        Assert.Multiple(() =>
        {
            Assert.That((hu.Geometry.Width, hu.Geometry.Height, hu.Geometry.Depth), Is.EqualTo((width, height, depth)));
            Assert.That(counts.Keys, Is.EqualTo(Enumerable.Range(0, 9)));
            Assert.That(counts.Values.Min(), Is.GreaterThan(voxels / 4), string.Join(", ", counts));
        });
    }

    [Test]
    public void The_liver_is_on_the_patients_right_and_the_spleen_on_the_left_in_ras()
    {
        var (hu, labels) = AbdomenPhantom.Create(11, s_default);
        Assert.Multiple(() =>
        {
            Assert.That(labels.Geometry, Is.EqualTo(hu.Geometry));
            Assert.That(hu.Geometry.SpacingMm, Is.EqualTo((s_default.SpacingXMm, s_default.SpacingYMm, s_default.SpacingZMm)));
            Assert.That(hu.Geometry.Affine.Determinant, Is.Positive);
            Assert.That(CentreMm(labels, 5).X, Is.GreaterThan(20), "liver");
            Assert.That(CentreMm(labels, 1).X, Is.LessThan(-50), "spleen");
            Assert.That(CentreMm(labels, 2).X, Is.GreaterThan(20), "right kidney");
            Assert.That(CentreMm(labels, 3).X, Is.LessThan(-20), "left kidney");
            Assert.That(CentreMm(labels, 2).Y, Is.LessThan(CentreMm(labels, 4).Y), "kidney behind gallbladder");
            Assert.That(CentreMm(labels, 2).Z, Is.LessThan(CentreMm(labels, 5).Z), "kidney below liver");
        });
    }

    [TestCase(1, 75, 130)]
    [TestCase(2, 115, 205)]
    [TestCase(3, 115, 205)]
    [TestCase(4, -10, 35)]
    [TestCase(5, 50, 120)]
    [TestCase(6, 10, 70)]
    [TestCase(7, 135, 235)]
    [TestCase(8, 55, 115)]
    public void An_organs_median_attenuation_is_that_of_its_tissue(int organ, double lowHu, double highHu)
    {
        for (var seed = 0; seed < 12; seed++)
        {
            var (hu, labels) = AbdomenPhantom.Create(seed, s_default);
            var values = hu.Voxels.Where((_, voxel) => labels.Voxels[voxel] == organ).Order().ToArray();
            Assert.That(values[values.Length / 2], Is.InRange(lowHu, highHu), $"seed {seed}");
        }
    }

    [Test]
    public void Noise_has_the_asked_strength_and_zero_noise_is_none()
    {
        var quiet = s_default with { NoiseHu = 0, ScannerVariation = 0 };
        var (clean, _) = AbdomenPhantom.Create(5, quiet);
        var (noisy, _) = AbdomenPhantom.Create(5, quiet with { NoiseHu = 20 });
        // Air is clipped at -1024, so the strength is measured in the body.
        var differences = clean.Voxels.Zip(noisy.Voxels).Where(pair => pair.First > -150).Select(pair => (double)(pair.Second - pair.First)).ToArray();
        var deviation = Math.Sqrt(differences.Average(difference => difference * difference));
        Assert.That(deviation, Is.EqualTo(20).Within(0.5));
    }

    [Test]
    public void Without_variation_all_seeds_share_one_anatomy()
    {
        var options = s_default with { AnatomyVariation = 0 };
        var first = AbdomenPhantom.Create(1, options).Labels.CountLabels();
        var second = AbdomenPhantom.Create(2, options).Labels.CountLabels();
        foreach (var organ in first.Keys.Where(organ => organ > 0))
        {
            Assert.That(second[organ], Is.EqualTo(first[organ]).Within(10).Percent, $"organ {organ}");
        }
    }

    [Test]
    public void Wrong_options_are_all_named_at_once()
    {
        var wrong = s_default with { Width = 3, SpacingZMm = double.NaN, NoiseHu = -1 };
        Assert.That(() => AbdomenPhantom.Create(0, wrong),
            Throws.ArgumentException.With.Message.Contains("Width").And.Message.Contains("SpacingZMm").And.Message.Contains("NoiseHu"));
    }

    private static (double X, double Y, double Z) CentreMm(LabelVolume labels, int organ)
    {
        var grid = labels.Geometry;
        double x = 0, y = 0, z = 0;
        var count = 0;
        for (var voxel = 0; voxel < labels.Voxels.Length; voxel++)
        {
            if (labels.Voxels[voxel] == organ)
            {
                var place = grid.Affine.Apply(voxel % grid.Width, voxel / grid.Width % grid.Height, voxel / grid.SliceLength);
                (x, y, z, count) = (x + place.X, y + place.Y, z + place.Z, count + 1);
            }
        }
        return (x / count, y / count, z / count);
    }
}
