using System.Text.Json;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Postprocessing;

namespace SAMed.MLNet.Cli.Tests;

/// <summary><c>predict --postprocess</c> on the reference's trained files, whose labels have islands.</summary>
[TestFixture]
public class PostprocessTests : OnGoldenPipeline
{
    [Test]
    public void The_labels_written_are_the_plain_ones_cleaned()
    {
        var plain = Labels("plain");
        var cleaned = Labels("clean", "--postprocess", "largest,islands=20,holes", "--json", Folder.File("clean.json"));

        Assert.That(cleaned.Voxels, Is.EqualTo(LabelPostprocessing.Apply(plain, PostprocessingOptions.Parse("largest,islands=20,holes")).Voxels));
        Assert.That(LabelPostprocessing.CountComponents(plain).Values.Max(), Is.GreaterThan(1), "nothing to clean proves little");
        Assert.That(LabelPostprocessing.CountComponents(cleaned).Where(pair => pair.Key != 0).Select(pair => pair.Value), Is.All.EqualTo(1));
        using var json = JsonDocument.Parse(File.ReadAllText(Folder.File("clean.json")));
        Assert.That(json.RootElement.GetProperty("postprocess").GetString(), Is.EqualTo("largest,islands=20,holes"));
        Assert.That(json.RootElement.GetProperty("predictions")[0].GetProperty("postprocessedVoxels").GetInt32(),
            Is.EqualTo(plain.Voxels.Zip(cleaned.Voxels).Count(pair => pair.First != pair.Second)).And.GreaterThan(0));
    }

    [Test]
    public void A_step_that_does_not_exist_is_a_usage_error()
    {
        var run = Predict("none", "--postprocess", "largest,polish");
        Assert.That(run.ExitCode, Is.EqualTo(2), run.ToString());
        Assert.That(run.Error, Does.Contain("--postprocess").And.Contain("'polish'"));
    }

    [Test]
    public void A_label_that_the_network_does_not_have_is_refused()
    {
        var run = Predict("none", "--postprocess", "largest,labels=99");
        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Error, Does.Contain("label 99").And.Contain($"classes 1 to {Golden.ClassCount}"));
        Assert.That(Directory.EnumerateFileSystemEntries(Folder.Path), Is.Empty);
    }

    private LabelVolume Labels(string name, params string[] more)
    {
        var run = Predict(name, more);
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        return VolumeFile.ReadLabels(Folder.File(name + ".nii.gz"));
    }

    private CliRun Predict(string name, params string[] more) => CliRun.Of(["predict", "--input", Golden.Volume(Golden.Cases[0]), "--sam", Golden.Sam, "--lora", Golden.Lora,
        "--model", Golden.Config, "--output", Folder.File(name + ".nii.gz"), .. more]);
}
