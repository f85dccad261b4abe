using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Estimators.Tests.Training;

/// <summary>One rule says to which files the window applies, in training as in prediction.</summary>
public class WindowRuleTests
{
    private static readonly PreprocessingOptions Windowed = new() { ImageSize = 8, WindowMin = 0, WindowMax = 100 };

    [TestCase(true, false, 0.5f, Description = "a volume is windowed")]
    [TestCase(false, false, 50f, Description = "an array is in 0..1 already")]
    [TestCase(false, true, 0.5f, Description = "an array is windowed when that was asked for")]
    public void The_window_applies_to_volumes_and_to_arrays_only_when_asked_for(bool asVolume, bool windowArrays, float expected)
    {
        using var folder = new TempFolder();
        var geometry = new Geometry(1, 8, 8, new Affine(2, 0, 0, -7, 0, 2, 0, 5, 0, 0, 3, 1));
        var image = new Volume<float>(geometry, Enumerable.Repeat(50f, 64).ToArray());
        var label = new LabelVolume(geometry);
        label.Voxels[3] = 1;
        var file = Write(folder, image, label, asVolume);

        var slice = new SliceLoader(LabelTable.Synapse, Windowed with { WindowArrays = windowArrays }).Load([file])[0];

        Assert.That(slice.Image, Is.All.EqualTo(expected).Within(1e-5f));
    }

    [Test]
    public void Options_for_a_file_keep_everything_but_the_window()
    {
        var options = Windowed with { InputSize = 4, Orientation = "RAS" };

        Assert.That(options.ForFile(hasGeometry: true), Is.EqualTo(options));
        Assert.That(options.ForFile(hasGeometry: false), Is.EqualTo(options with { WindowMin = null, WindowMax = null }));
    }

    private static LabelledFile Write(TempFolder folder, Volume<float> image, LabelVolume label, bool asVolume)
    {
        if (asVolume)
        {
            VolumeFile.Write(folder.File("i.nii.gz"), image);
            VolumeFile.Write(folder.File("l.nii.gz"), label);
            return new("a", folder.File("i.nii.gz"), folder.File("l.nii.gz"));
        }
        NpzFile.Write(folder.File("a.npz"),
        [
            new("image", NpyArray.Create(image.Voxels, 8, 8)),
            new("label", NpyArray.Create(label.Voxels.Select(id => (float)id).ToArray(), 8, 8)),
        ]);
        return new("a", folder.File("a.npz"), folder.File("a.npz"));
    }
}
