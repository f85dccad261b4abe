using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>Training on the reference's own npz slices.</summary>
[TestFixture]
[Category("Golden")]
public class GoldenTrainTests
{
    [Test]
    public void The_references_slices_train_and_the_result_predicts_its_volumes()
    {
        using var golden = GoldenPipeline.Open();
        using var folder = new TempFolder();

        var trained = CliRun.Of("train", "--data", golden.TrainSlices, "--model", golden.Config, "--sam", golden.Sam, "--output", folder.File("run"), "--rank", $"{golden.LoraRank}",
            "--epochs", "2", "--batch-size", "4", "--warmup", "1", "--device", "cpu");
        Assert.That(trained.ExitCode, Is.Zero, trained.ToString());
        var slices = Directory.EnumerateFiles(golden.TrainSlices, "*.npz").Count();
        Assert.That(trained.Error, Does.Contain($"{slices} to train on"));
        Assert.That(File.ReadAllLines(folder.File("run/losses.csv")), Has.Length.EqualTo(1 + (2 * ((slices + 3) / 4))));

        var name = golden.Cases[0];
        var predicted = CliRun.Of("predict", "--input", golden.Volume(name), "--sam", golden.Sam, "--lora", folder.File("run/best.pth"), "--output", folder.File("p.nii.gz"));
        Assert.That(predicted.ExitCode, Is.Zero, predicted.ToString());
        Assert.That(VolumeFile.Identify(folder.File("p.nii.gz")).Geometry, Is.EqualTo(VolumeFile.Identify(golden.Volume(name)).Geometry));
    }

    [Test]
    public void A_list_chooses_the_slices()
    {
        using var golden = GoldenPipeline.Open();
        using var folder = new TempFolder();
        File.WriteAllLines(folder.File("list.txt"), Directory.EnumerateFiles(golden.TrainSlices, "*.npz").Order(StringComparer.Ordinal).Take(3).Select(path => Path.GetFileNameWithoutExtension(path)));

        var run = CliRun.Of("train", "--data", golden.TrainSlices, "--list", folder.File("list.txt"), "--model", golden.Config, "--sam", golden.Sam, "--output", folder.File("run"),
            "--rank", $"{golden.LoraRank}", "--epochs", "1", "--batch-size", "1", "--device", "cpu");

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(File.ReadAllLines(folder.File("run/losses.csv")), Has.Length.EqualTo(4), "a batch of one, three steps");
    }
}
