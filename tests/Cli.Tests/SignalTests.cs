using SAMed.MLNet.Cli.Tests.Support;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>Real processes with real signals and a disk that is full.</summary>
[TestFixture]
public class SignalTests
{
    private static readonly string[] s_compared = ["best.pth", "last.pth", "resume.safetensors", "losses.csv", "epochs.csv"];

    private TinyScene _scene = null!;

    [SetUp]
    public void SetUp() => _scene = new TinyScene();

    [TearDown]
    public void TearDown() => _scene.Dispose();

    [TestCase("INT", ExitCodes.Interrupted)]
    [TestCase("TERM", ExitCodes.Terminated)]
    public void A_stopped_training_saves_and_goes_on_to_the_same_bytes(string signal, int exitCode)
    {
        string[] more = ["--epochs", "24", "--train-encoder", "--seed", "3"];
        _scene.MustTrain("whole", more);
        using (var process = SamedProcess.Start(_scene.Train("parts", more)))
        {
            process.WaitFor("validation Dice");
            process.Signal(signal);
            var stopped = process.End();
            Assert.That(stopped.ExitCode, Is.EqualTo(exitCode), stopped.ToString());
            Assert.That(stopped.Output, Does.Contain("the state is saved").And.Contain("--resume"));
        }
        Assert.That(_scene.Files("parts").Keys, Has.None.Contains(".part"));
        Assert.That(File.ReadAllLines(_scene.File("parts/losses.csv")), Has.Length.LessThan(File.ReadAllLines(_scene.File("whole/losses.csv")).Length));

        using var resumed = SamedProcess.Start(_scene.Train("parts", [.. more, "--resume"]));

        var run = resumed.End();
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        foreach (var name in s_compared)
        {
            Assert.That(File.ReadAllBytes(_scene.File("parts/" + name)).AsSpan().SequenceEqual(File.ReadAllBytes(_scene.File("whole/" + name))), name);
        }
    }

    [Test]
    public void A_stopped_prediction_leaves_nothing_behind()
    {
        _scene.MustTrain("run");
        var geometry = new Geometry(3000, 64, 64, Affine.Identity);
        VolumeFile.Write(_scene.File("long.nii"), new Volume<float>(geometry), ImageStorage.Int16);
        Directory.CreateDirectory(_scene.File("out"));
        using var process = SamedProcess.Start(["predict", "--input", _scene.File("long.nii"), "--sam", _scene.Sam, "--lora", _scene.File("run/best.pth"), "--batch-size", "1",
            "--device", "cpu", "--output", _scene.File("out/long.nii.gz"), "--save-logits", _scene.File("out/logits.npz"), "--json", _scene.File("out/result.json")]);
        process.WaitFor("Model:");

        process.Signal("INT");

        var run = process.End();
        Assert.That(run.ExitCode, Is.EqualTo(ExitCodes.Interrupted), run.ToString());
        Assert.That(run.Error, Does.Contain("stopped"));
        Assert.That(Directory.EnumerateFileSystemEntries(_scene.File("out")), Is.Empty);
    }

    [Test]
    public void A_full_disk_while_saving_keeps_the_older_checkpoints_and_the_run_can_go_on()
    {
        string[] more = ["--epochs", "4", "--train-encoder"];
        _scene.MustTrain("whole", more);
        var stopped = TinyScene.StopAt("validation Dice", _scene.Train("parts", more));
        Assert.That(stopped.ExitCode, Is.EqualTo(ExitCodes.Interrupted), stopped.ToString());
        var before = _scene.Files("parts");

        using (var process = SamedProcess.Start(_scene.Train("parts", [.. more, "--resume"]), maxFileBytes: 20_000))
        {
            var failed = process.End();
            Assert.That(failed.ExitCode, Is.EqualTo(1), failed.ToString());
            Assert.That(failed.Error, Does.Contain("samed: ").And.Contain(_scene.File("parts")).And.Not.Contain("internal error"), failed.ToString());
        }
        var after = _scene.Files("parts");
        Assert.That(after.Keys, Has.None.Contains(".part"));
        foreach (var name in new[] { "best.pth", "last.pth", "resume.safetensors" })
        {
            Assert.That(after[name], Is.EqualTo(before[name]), name);
        }

        var resumed = CliRun.Of(_scene.Train("parts", [.. more, "--resume"]));
        Assert.That(resumed.ExitCode, Is.Zero, resumed.ToString());
        foreach (var name in s_compared)
        {
            Assert.That(File.ReadAllBytes(_scene.File("parts/" + name)).AsSpan().SequenceEqual(File.ReadAllBytes(_scene.File("whole/" + name))), name);
        }
    }

    [Test]
    public void A_full_disk_while_predicting_leaves_nothing_half_written()
    {
        _scene.MustTrain("run");
        Directory.CreateDirectory(_scene.File("out"));
        using var process = SamedProcess.Start(_scene.Predict("run", "out/labels.nii", "--save-logits", _scene.File("out/logits.npz")), maxFileBytes: 4096);

        var run = process.End();

        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Error, Does.Contain("labels.nii").And.Not.Contain("internal error"));
        Assert.That(Directory.EnumerateFileSystemEntries(_scene.File("out")), Is.Empty);
    }
}
