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
        Assert.Multiple(() =>
        {
            Assert.That(run.Output, Does.Contain("seed 11").And.Contain("seed 12").And.Contain("95 % CI"));
            Assert.That(figures.RootElement.GetProperty("seeds").EnumerateArray().Select(seed => seed.GetProperty("seed").GetInt64()), Is.EqualTo(new[] { 11L, 12L }));
            Assert.That(figures.RootElement.GetProperty("mean").GetProperty("ciHigh").GetDouble(), Is.GreaterThanOrEqualTo(figures.RootElement.GetProperty("mean").GetProperty("mean").GetDouble()));
            Assert.That(File.ReadAllText(scene.File("copy.json")), Is.EqualTo(File.ReadAllText(scene.File("runs/seeds.json"))));
            Assert.That(record.RootElement.GetProperty("options").GetProperty("seeds").GetString(), Is.EqualTo("11,12"));
            Assert.That(record.RootElement.GetProperty("files").GetArrayLength(), Is.GreaterThan(0));
            Assert.That(File.Exists(scene.File("runs/seed_12/run.json")), Is.True);
        });
        Assert.That(CliRun.Of(command).Error, Does.Contain("seed_11").And.Contain("--resume"));
    }
}
