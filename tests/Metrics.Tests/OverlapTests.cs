namespace SAMed.MLNet.Metrics.Tests;

public class OverlapTests
{
    private static readonly BinaryMask A = Scenes.Draw("###.");
    private static readonly BinaryMask B = Scenes.Draw(".###");
    private static readonly BinaryMask None = Scenes.Draw("....");

    [Test]
    public void Dice_counts_the_common_voxels_twice() => Assert.That(Overlap.Dice(A, B), Is.EqualTo(4.0 / 6));

    [Test]
    public void Iou_divides_by_the_union() => Assert.That(Overlap.Iou(A, B), Is.EqualTo(2.0 / 4));

    [Test]
    public void Empty_masks_give_zero()
    {
        Assert.That(Overlap.Dice(A, None), Is.Zero);
        Assert.That(Overlap.Dice(None, None), Is.Zero);
        Assert.That(Overlap.Iou(None, None), Is.Zero);
    }

    [Test]
    public void Masks_on_other_grids_are_refused() => Assert.That(() => Overlap.Dice(A, Scenes.Draw("#")), Throws.ArgumentException);
}
