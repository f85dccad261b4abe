using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Tests;

[TestFixture]
public class DemoDataTests
{
    [Test]
    public void Data_only_writes_images_and_labels_on_one_grid_and_stops()
    {
        using var folder = new TempFolder();
        var run = CliRun.Of("demo", "--data-only", "--output", folder.File("demo"), "--cases", "3", "--seed", "5");
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        var names = new[] { "phantom_0001.nii.gz", "phantom_0002.nii.gz", "phantom_0003.nii.gz" };
        Assert.That(Files(folder.File("demo/data/images")), Is.EqualTo(names));
        Assert.That(Files(folder.File("demo/data/labels")), Is.EqualTo(names));
        Assert.That(Directory.EnumerateFileSystemEntries(folder.File("demo")).Select(Path.GetFileName), Is.EquivalentTo(new[] { "data", "run.json" }));
        foreach (var name in names)
        {
            var image = VolumeFile.ReadImage(folder.File($"demo/data/images/{name}"));
            var labels = VolumeFile.ReadLabels(folder.File($"demo/data/labels/{name}"));
            Assert.That(image.Geometry.Matches(labels.Geometry), name);
            Assert.That(labels.CountLabels().Keys, Is.EqualTo(Enumerable.Range(0, 9)), name);
            Assert.That(image.Voxels.Min(), Is.InRange(-1024f, -900f), name);
        }
    }

    [Test]
    public void The_same_seed_writes_the_same_files()
    {
        using var folder = new TempFolder();
        foreach (var name in new[] { "a", "b" })
        {
            Assert.That(CliRun.Of("demo", "--data-only", "--output", folder.File(name), "--cases", "1").ExitCode, Is.Zero);
        }
        Assert.That(File.ReadAllBytes(folder.File("a/data/images/phantom_0001.nii.gz")), Is.EqualTo(File.ReadAllBytes(folder.File("b/data/images/phantom_0001.nii.gz"))));
    }

    [Test]
    public void An_output_that_cannot_be_written_is_a_clear_failure()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("file"), "");
        var run = CliRun.Of("demo", "--data-only", "--cases", "1", "--output", folder.File("file"));
        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Error, Does.StartWith("samed: ").And.Contain(folder.File("file")).And.Not.Contain("   at "));
    }

    private static IEnumerable<string?> Files(string folder) => Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order();
}
