using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Metrics.Tests;

[NonParallelizable]
public class ScoringMemoryTests
{
    private const int Depth = 64, Height = 128, Width = 512;

    private static readonly LabelClass[] Organs = [new(1, "aorta")];

    [Test]
    public void An_organ_whose_box_is_the_volume_takes_less_than_three_bytes_per_voxel_of_it()
    {
        var (prediction, reference) = (Corners(3), Corners(4));
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var score = OrganScorer.Score("case", prediction, reference, Organs, new()).Organs[0];
        var taken = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.That(score.Hd, Is.EqualTo(1), "one face of one cube lies a voxel off");
        Assert.That(taken, Is.LessThan(3L * Depth * Height * Width));
    }

    /// <summary>A cube of four voxels in one corner of the volume, and one in the opposite corner that is <paramref name="width"/> wide.</summary>
    private static LabelVolume Corners(int width) => Scenes.Empty(Depth, Height, Width)
        .WithBox(1, 0, 0, 0, 4, 4, 4).WithBox(1, Depth - 4, Height - 4, Width - width, Depth, Height, Width);
}
