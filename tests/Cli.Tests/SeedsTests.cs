using System.Text.Json;
using SAMed.MLNet.Cli.Tests.Support;

namespace SAMed.MLNet.Cli.Tests;

/// <summary><c>samed train --seeds</c> as it is typed.</summary>
internal sealed class SeedsTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [TestCase("1")]
    [TestCase("1,1")]
    [TestCase("1,x")]
    [TestCase("1,,2")]
    public void Wrong_seeds_are_a_usage_error(string seeds)
    {
        var run = CliRun.Of("train", "--data", _folder.Path, "--output", _folder.File("out"), "--seeds", seeds);

        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(2), run.ToString());
            Assert.That(run.Error, Does.Contain("--seeds takes two different whole numbers or more"));
        });
    }

    [Test]
    public void Several_seeds_leave_a_folder_each_a_table_and_their_figures()
    {
        using var scene = new TinyScene();
        var command = scene.Train("runs", "--validation", "0.4", "--seeds", "11,12", "--json", scene.File("copy.json"));

        var run = CliRun.Of(command);

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        using var figures = JsonDocument.Parse(File.ReadAllText(scene.File("runs/seeds.json")));
        using var record = JsonDocument.Parse(File.ReadAllText(scene.File("runs/run.json")));
        var mean = figures.RootElement.GetProperty("mean");
        double[] dice = [.. figures.RootElement.GetProperty("seeds").EnumerateArray().Select(seed => seed.GetProperty("dice").GetDouble())];
        Assert.Multiple(() =>
        {
            Assert.That(run.Output, Does.Contain("seed 11").And.Contain("seed 12").And.Contain("95 % CI"));
            Assert.That(figures.RootElement.GetProperty("seeds").EnumerateArray().Select(seed => seed.GetProperty("seed").GetInt64()), Is.EqualTo(new[] { 11L, 12L }));
            Assert.That(mean.GetProperty("mean").GetDouble(), Is.EqualTo((dice[0] + dice[1]) / 2).Within(1e-9));
            // Of two values: half their distance times Student's t for one degree of freedom.
            Assert.That(mean.GetProperty("ciLow").GetDouble(), Is.EqualTo(((dice[0] + dice[1]) / 2) - (12.706204736 * Math.Abs(dice[0] - dice[1]) / 2)).Within(1e-6));
            Assert.That(mean.GetProperty("ciHigh").GetDouble(), Is.EqualTo(((dice[0] + dice[1]) / 2) + (12.706204736 * Math.Abs(dice[0] - dice[1]) / 2)).Within(1e-6));
            Assert.That(record.RootElement.GetProperty("device").GetString(), Is.EqualTo("cpu"));
            Assert.That(record.RootElement.GetProperty("effective").GetProperty("preprocessing").GetProperty("imageSize").GetInt32(), Is.EqualTo(32));
            Assert.That(record.RootElement.GetProperty("effective").GetProperty("lora").GetProperty("rank").GetInt32(), Is.EqualTo(2));
            Assert.That(record.RootElement.GetProperty("files").EnumerateArray().Select(file => Path.GetFileName(file.GetProperty("path").GetString())), Is.SupersetOf(new[] { "model.json", "base.pth" }));
            Assert.That(File.ReadAllText(scene.File("copy.json")), Is.EqualTo(File.ReadAllText(scene.File("runs/seeds.json"))));
            Assert.That(record.RootElement.GetProperty("options").GetProperty("seeds").GetString(), Is.EqualTo("11,12"));
            Assert.That(record.RootElement.GetProperty("files").GetArrayLength(), Is.GreaterThan(0));
            Assert.That(File.Exists(scene.File("runs/seed_12/run.json")), Is.True);
        });
        Assert.That(CliRun.Of(command).Error, Does.Contain("seed_11").And.Contain("--resume"));
        var before = File.ReadAllText(scene.File("runs/run.json"));
        foreach (var more in new string[][] { [], ["--resume"] })
        {
            var single = CliRun.Of(scene.Train("runs", more));
            Assert.That(single.ExitCode, Is.EqualTo(1), single.ToString());
            Assert.That(single.Error, Does.Contain("holds the runs of several seeds (seed_11, seed_12, seeds.json)"));
        }
        Assert.That(File.ReadAllText(scene.File("runs/run.json")), Is.EqualTo(before));
    }

    [Test]
    public void The_folder_of_a_single_run_is_refused_and_the_run_can_still_be_continued()
    {
        using var scene = new TinyScene();
        var stopped = TinyScene.StopAt("epoch 1", scene.Train("run", "--epochs", "3"));
        Assert.That(stopped.ExitCode, Is.EqualTo(130), stopped.ToString());
        var before = File.ReadAllText(scene.File("run/run.json"));

        var seeds = CliRun.Of(scene.Train("run", "--epochs", "3", "--seeds", "1,2"));

        Assert.That(seeds.ExitCode, Is.EqualTo(1), seeds.ToString());
        Assert.That(seeds.Error, Does.Contain("holds a single training run"));
        Assert.That(File.ReadAllText(scene.File("run/run.json")), Is.EqualTo(before));
        Assert.That(Directory.Exists(scene.File("run/seed_1")), Is.False);
        Assert.That(CliRun.Of([.. scene.Train("run", "--epochs", "3"), "--resume"]).ExitCode, Is.Zero);
    }

    [TestCase("--seeds", "-5,5000000000")]
    [TestCase("--seed", "5000000000")]
    public void One_seed_and_several_have_the_same_range(string option, string value)
    {
        var run = CliRun.Of("train", "--data", _folder.Path, "--output", _folder.File("out"), option, value);

        Assert.That(run.ExitCode, Is.EqualTo(2), run.ToString());
        Assert.That(run.Error, Does.Contain($"{option} takes").And.Contain("-2147483648").And.Contain("2147483647"));
    }
}
