using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Rendering.Tests;

[Category("RealData")]
public class RealOverlayTests
{
    [Test]
    public void A_real_CT_with_its_organs_is_drawn()
    {
        using var folder = new TempFolder();
        var image = VolumeFile.ReadImage(TestData.Real("ct_nifti/example_ct_sm.nii.gz"));
        var labelPath = TestData.Real("ct_nifti/example_seg.nii.gz");
        var labels = VolumeFile.ReadLabels(labelPath);
        OverlayRenderer.WritePng(folder.File("slice.png"), new() { Case = "example_ct_sm" }, image, labels, labels, LabelTable.TotalSegmentator.Classes);
        OverlayRenderer.WriteMontagePng(folder.File("montage.png"), new() { Case = "example_ct_sm" }, 9, image, labels, null, LabelTable.TotalSegmentator.Classes);
        using var slice = Scene.Decode(folder.File("slice.png"));
        using var montage = Scene.Decode(folder.File("montage.png"));
        const int liver = 5;
        Assert.That(Scene.CountColour(slice, OrganPalette.Of(liver)), Is.GreaterThan(500), "outline of the liver");
        Assert.That(Scene.CountColour(montage, OrganPalette.Of(liver)), Is.GreaterThan(500), "outline of the liver");
    }
}
