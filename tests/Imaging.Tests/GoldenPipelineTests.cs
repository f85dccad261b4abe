using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Imaging.Tests;

/// <summary>The reference's own files: NIfTI in, HDF5 and npz out of its preprocessing.</summary>
[Category("Golden")]
public sealed class GoldenPipelineTests
{
    [Test]
    public void HDF5_volumes_equal_the_same_arrays_in_npz()
    {
        using var arrays = NpzFile.Open(TestData.Golden("pipeline/preprocessed_test.npz"));
        var compared = 0;
        foreach (var file in Directory.GetFiles(TestData.Golden("pipeline/test_vol_h5"), "*.h5"))
        {
            var name = VolumeFile.CaseName(file);
            var image = arrays.Names.Single(key => key.Contains(name, StringComparison.Ordinal) && key.EndsWith("image", StringComparison.Ordinal));
            var label = arrays.Names.Single(key => key.Contains(name, StringComparison.Ordinal) && key.EndsWith("label", StringComparison.Ordinal));
            Assert.That(VolumeFile.ReadImage(file).Voxels, Is.EqualTo(arrays[image].ToSingle()));
            Assert.That(VolumeFile.ReadLabels(file).Voxels.Select(id => (float)id), Is.EqualTo(arrays[label].ToSingle()));
            compared++;
        }
        Assert.That(compared, Is.GreaterThan(0));
    }

    [Test]
    public void NIfTI_windowed_and_remapped_equals_the_preprocessed_volume()
    {
        var compared = 0;
        foreach (var file in Directory.GetFiles(TestData.Golden("pipeline/test_vol_h5"), "*.h5"))
        {
            var number = VolumeFile.CaseName(file)["case".Length..];
            var image = VolumeFile.ReadImage(TestData.Golden($"pipeline/raw/img/img{number}.nii.gz"));
            var label = TestData.Golden($"pipeline/raw/label/label{number}.nii.gz");
            Assert.That(image.Voxels.Select(hu => (Math.Clamp(hu, -125f, 275f) + 125f) / 400f), Is.EqualTo(VolumeFile.ReadImage(file).Voxels));
            Assert.That(LabelTable.Btcv.Map(VolumeFile.ReadLabels(label), label).Voxels, Is.EqualTo(VolumeFile.ReadLabels(file).Voxels));
            compared++;
        }
        Assert.That(compared, Is.GreaterThan(0));
    }

    [Test]
    public void Original_BTCV_ids_do_not_pass_for_SAMeds()
    {
        var label = Directory.GetFiles(TestData.Golden("pipeline/raw/label"), "*.nii.gz").Order().First();
        Assert.That(() => LabelTable.Synapse.Map(VolumeFile.ReadLabels(label), label), Throws.TypeOf<LabelTableException>().With.Message.Contains("btcv"));
    }
}
