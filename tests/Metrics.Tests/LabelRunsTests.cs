using CsCheck;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Metrics.Tests;

public sealed class LabelRunsTests
{
    [Test]
    public void Any_slices_come_back_as_they_were_set() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 5], Gen.Int[1, 9]).SelectMany((depth, height, width) => Gen.UShort[254, 257].Array[depth * height * width].Select(labels => (depth, height, width, labels)))
            .Sample(scene => Runs(scene.depth, scene.height, scene.width, scene.labels).ToVolume().Voxels.AsSpan().SequenceEqual(scene.labels));

    [Test]
    public void Runs_longer_than_their_counter_are_split()
    {
        var labels = new ushort[150_000];
        labels.AsSpan(70_000).Fill(300);
        Assert.That(Runs(1, 1, labels.Length, labels).ToVolume().Voxels, Is.EqualTo(labels));
    }

    [TestCase(255, 1.2)]
    [TestCase(256, 4.2)]
    public void Noise_takes_a_byte_for_each_label_where_labels_are_bytes(int largest, double most)
    {
        var random = new Random(5);
        var labels = Enumerable.Range(0, 101 * 4001).Select(_ => (ushort)random.Next(largest + 1)).ToArray();
        labels[^1] = (ushort)largest;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var runs = Runs(1, 101, 4001, labels);
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.That(runs.ToVolume().Voxels, Is.EqualTo(labels));
        Assert.That(runs.Labels, Is.EquivalentTo(Enumerable.Range(0, largest + 1)));
        Assert.That(kept, Is.LessThan(most * labels.Length));
    }

    [Test]
    public void Slices_that_were_not_set_are_background()
    {
        var runs = new LabelRuns(Geometry.Unplaced(3, 1, 2));
        runs.Set(1, [7, 8]);
        Assert.That(runs.ToVolume().Voxels, Is.EqualTo(new ushort[] { 0, 0, 7, 8, 0, 0 }));
    }

    [Test]
    public void Memory_is_that_of_the_runs_and_not_of_the_voxels()
    {
        var few = Runs(2, 300, 400, new ushort[2 * 300 * 400]);
        // One run and one end for each row.
        Assert.That(few.Bytes, Is.EqualTo(2 * 300 * 2 * sizeof(int)));
        few.Set(0, [.. Enumerable.Range(0, 300 * 400).Select(n => (ushort)(n / 100 % 2))]);
        Assert.That(few.Bytes, Is.EqualTo(((300 * 2) + (300 * 5)) * sizeof(int)), "four runs in each row");
        few.Set(0, [.. Enumerable.Range(0, 300 * 400).Select(n => (ushort)(n % 2))]);
        Assert.That(few.Bytes, Is.EqualTo((300 * 2 * sizeof(int)) + (300 * sizeof(int)) + (300 * 400)), "noise: a byte for each label, and the end of each row");
    }

    [Test]
    public void Scores_of_runs_are_those_of_the_volumes()
    {
        var random = new Random(11);
        var geometry = Geometry.Unplaced(6, 9, 11, 0.7, 0.8, 2.5);
        LabelClass[] organs = [.. Enumerable.Range(1, 4).Select(id => new LabelClass(id, $"organ {id}"))];
        // Organ 4 is in neither.
        LabelVolume a = Volume(), b = Volume();
        var expected = OrganScorer.Measure("case", a, b, organs, new());
        var got = OrganScorer.Measure("case", Runs(6, 9, 11, a.Voxels, geometry), Runs(6, 9, 11, b.Voxels, geometry), organs, new());
        Assert.That(got.Organs, Is.EqualTo(expected.Organs));
        Assert.That(got.Organs.Count(organ => organ.Agreement is not null), Is.EqualTo(3));

        LabelVolume Volume() => new(geometry, [.. Enumerable.Range(0, geometry.VoxelCount).Select(_ => (ushort)random.Next(4))]);
    }

    [Test]
    public void Organs_too_large_to_be_measured_side_by_side_score_as_small_ones()
    {
        // A box above the limit: two columns of voxels in opposite corners of a long thin volume.
        var geometry = Geometry.Unplaced(3, 1300, 1300);
        LabelVolume a = new(geometry), b = new(geometry);
        (a[0, 0, 0], a[2, 1299, 1299]) = (1, 1);
        (b[0, 3, 4], b[2, 1299, 1299]) = (1, 1);
        var organ = OrganScorer.Measure("case", a, b, [new LabelClass(1, "corners")], new()).Organs.Single();
        Assert.That(organ.Agreement!.Value.Hd, Is.EqualTo(5));
        Assert.That(organ.Agreement!.Value.Assd, Is.EqualTo(2.5));
    }

    private static LabelRuns Runs(int depth, int height, int width, ushort[] labels, Geometry? geometry = null)
    {
        var runs = new LabelRuns(geometry ?? Geometry.Unplaced(depth, height, width));
        Parallel.For(0, depth, z => runs.Set(z, labels.AsSpan(z * height * width, height * width)));
        return runs;
    }
}
