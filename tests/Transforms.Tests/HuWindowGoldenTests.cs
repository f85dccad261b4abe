using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Transforms.Tests;

[Category("Golden")]
public class HuWindowGoldenTests
{
    [Test]
    public void Raw_NIfTI_volumes_become_the_references_preprocessed_arrays_bit_for_bit()
    {
        using var golden = NpzFile.Open(TestData.Golden("pipeline/preprocessed_test.npz"));
        string[] cases = [.. golden.Names.Where(name => name.EndsWith("_image", StringComparison.Ordinal)).Select(name => name[..^"_image".Length])];
        Assert.That(cases, Is.Not.Empty);
        foreach (var name in cases)
        {
            var path = TestData.Golden($"pipeline/raw/img/{name.Replace("case", "img", StringComparison.Ordinal)}.nii.gz");
            var image = VolumeFile.ReadImage(path);
            HuWindow.Normalize(image.Voxels, image.Voxels, HuWindow.PaperMinHu, HuWindow.PaperMaxHu);
            var expected = golden[$"{name}_image"];
            Assert.That(new[] { image.Geometry.Depth, image.Geometry.Height, image.Geometry.Width }, Is.EqualTo(expected.Shape), name);
            Assert.That(image.Voxels.AsSpan().SequenceEqual(expected.ToSingle()), name);
        }
    }
}
