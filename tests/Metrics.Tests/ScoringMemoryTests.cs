using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Metrics.Tests;

[NonParallelizable]
public class ScoringMemoryTests
{
    private const int Depth = 64, Height = 128, Width = 512;

    private static readonly LabelClass[] Organs = [new(1, "aorta")];

    [Test]
    public void An_organ_whose_box_is_the_volume_takes_less_than_a_byte_per_voxel_of_it()
    {
        var (prediction, reference) = (Corners(3), Corners(4));
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var score = OrganScorer.Score("case", prediction, reference, Organs, new()).Organs[0];
        var taken = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.That(score.Hd, Is.EqualTo(1), "one face of one cube lies a voxel off");
        Assert.That(taken, Is.LessThan((long)Depth * Height * Width));
    }

    [Test]
    public void Organs_that_are_everywhere_take_less_than_two_bytes_per_voxel_of_the_volume()
    {
        var (prediction, reference) = (Noise(1), Noise(2));
        LabelClass[] organs = [.. Enumerable.Range(1, 8).Select(id => new LabelClass(id, $"organ {id}"))];
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var scores = OrganScorer.Score("case", prediction, reference, organs, new()).Organs;
        var taken = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.That(scores.Select(score => score.Hd95), Is.All.GreaterThan(0));
        Assert.That(taken, Is.LessThan(2L * Depth * Height * Width));
    }

    private static LabelVolume Noise(int seed)
    {
        var (random, labels) = (new Random(seed), Scenes.Empty(Depth, Height, Width));
        foreach (ref var label in labels.Voxels.AsSpan())
        {
            label = (ushort)random.Next(9);
        }
        return labels;
    }

    /// <summary>A cube of four voxels in one corner of the volume, and one in the opposite corner that is <paramref name="width"/> wide.</summary>
    private static LabelVolume Corners(int width) => Scenes.Empty(Depth, Height, Width)
        .WithBox(1, 0, 0, 0, 4, 4, 4).WithBox(1, Depth - 4, Height - 4, Width - width, Depth, Height, Width);
}
