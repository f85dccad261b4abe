using System.Text.Json;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Tests.Support;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>2-D pictures through train, predict and evaluate: JPEGs in colour with PNG masks.</summary>
[TestFixture]
public sealed class PictureTests
{
    private TempFolder _folder = null!;

    [OneTimeSetUp]
    public void Train()
    {
        _folder = new();
        ColourDiscs.Write(_folder.File("data"), 12, ".jpg");
        ColourDiscs.Write(_folder.File("test"), 4, first: 30);
        ColourDiscs.WriteLabelTable(_folder.File("lesions.json"));
        TinyScene.Options.ToJsonFile(_folder.File("model.json"));
        var run = CliRun.Of(Train("run", "data", "--epochs", "40"));
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Error, Does.Contain("Pictures in colour"));
    }

    [OneTimeTearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Masks_of_pictures_are_pictures_of_class_ids_that_evaluate_scores()
    {
        var predicted = CliRun.Of(Predict("test/images", "masks"));
        Assert.That(predicted.ExitCode, Is.Zero, predicted.ToString());
        var info = VolumeFile.Identify(_folder.File("masks/p30.png"));
        Assert.That((info.Format, info.Geometry.Height, info.Geometry.Width, info.StoredType), Is.EqualTo(("PNG", ColourDiscs.Height, ColourDiscs.Width, "uint8")));
        Assert.That(VolumeFile.ReadLabels(_folder.File("masks/p30.png")).CountLabels().Keys, Is.EqualTo([0, 1]));

        var scored = CliRun.Of("evaluate", "--prediction", _folder.File("masks"), "--reference", _folder.File("test/labels"), "--labels", _folder.File("lesions.json"), "--spacing", "voxel",
            "--json", _folder.File("scores.json"));
        Assert.That(scored.ExitCode, Is.Zero, scored.ToString());
        Assert.That(scored.Error, Does.Not.Contain("cannot say what its ids mean"), "a PNG of ours says it");
        using var scores = JsonDocument.Parse(File.ReadAllText(_folder.File("scores.json")));
        Assert.That(scores.RootElement.GetProperty("mean").GetProperty("dice").GetDouble(), Is.GreaterThan(0.8), scored.ToString());
    }

    [Test]
    public void The_file_remembers_that_it_wants_colour_and_takes_grey_pictures_too()
    {
        ColourDiscs.Write(_folder.File("grey"), 1, grey: true);
        Assert.That(LoraCheckpoint.ReadMetadata(_folder.File("run/best.pth"))!.Channels, Is.EqualTo(3));
        var run = CliRun.Of(Predict("grey/images/p0.png", "grey.png"));
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(VolumeFile.Identify(_folder.File("grey.png")).Format, Is.EqualTo("PNG"));
    }

    [Test]
    public void Grey_refuses_colour_and_says_the_way_out()
    {
        var run = CliRun.Of(Train("refused", "data", "--channels", "grey"));
        Assert.That((run.ExitCode, Directory.Exists(_folder.File("refused"))), Is.EqualTo((ExitCodes.Failed, false)), run.ToString());
        Assert.That(run.Error, Does.Contain("--channels rgb").And.Contain(".jpg"));
    }

    [Test]
    public void A_grey_model_of_grey_pictures_keeps_one_channel_and_refuses_a_picture_in_colour()
    {
        ColourDiscs.Write(_folder.File("greys"), 4, grey: true);
        var trained = CliRun.Of(Train("grey-run", "greys", "--epochs", "1"));
        Assert.That(trained.ExitCode, Is.Zero, trained.ToString());
        Assert.That(LoraCheckpoint.ReadMetadata(_folder.File("grey-run/best.pth"))!.Channels, Is.Null);
        var run = CliRun.Of(Predict("test/images/p30.png", "no.png", "grey-run"));
        Assert.That((run.ExitCode, File.Exists(_folder.File("no.png"))), Is.EqualTo((ExitCodes.Failed, false)), run.ToString());
        Assert.That(run.Error, Does.Contain("colour").And.Contain("p30.png"));
    }

    [Test]
    public void Outputs_that_cannot_hold_the_labels_are_refused_before_the_network_runs()
    {
        Assert.That(CliRun.Of(Predict("test/images/p30.png", "mask.jpg")), Has.Property("ExitCode").EqualTo(ExitCodes.Usage).And.Property("Error").Contain(".png"));
        VolumeFile.Write(_folder.File("two.npy"), new Volume<float>(Geometry.Unplaced(2, 8, 8)));
        var run = CliRun.Of(Predict("two.npy", "two.png"));
        Assert.That((run.ExitCode, File.Exists(_folder.File("two.png"))), Is.EqualTo((ExitCodes.Failed, false)), run.ToString());
        Assert.That(run.Error, Does.Contain("one slice").And.Contain(".nii.gz"));
    }

    private string[] Train(string output, string data, params string[] more) =>
    [
        "train", "--data", _folder.File(data), "--labels", _folder.File("lesions.json"), "--model", _folder.File("model.json"), "--output", _folder.File(output), "--rank", "2",
        "--batch-size", "4", "--warmup", "2", "--lr", "0.01", "--no-augment", "--validation", "0", "--device", "cpu", .. more,
    ];

    private string[] Predict(string input, string output, string run = "run") =>
        ["predict", "--input", _folder.File(input), "--lora", _folder.File($"{run}/best.pth"), "--output", _folder.File(output), "--device", "cpu"];
}
