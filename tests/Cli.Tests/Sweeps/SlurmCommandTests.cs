using System.Globalization;
using SAMed.MLNet.Cli.Tests.Support;

namespace SAMed.MLNet.Cli.Tests.Sweeps;

/// <summary>Commands with <c>--executor slurm</c>, on a real cluster of one node.</summary>
[TestFixture]
[Category("Slurm")]
[Platform("Linux")]
[NonParallelizable]
public class SlurmCommandTests
{
    private SlurmOnLoopback _cluster = null!;
    private TinyScene _scene = null!;

    [OneTimeSetUp]
    public void StartCluster() => _cluster = SlurmOnLoopback.Start();

    [OneTimeTearDown]
    public void StopCluster() => _cluster?.Dispose();

    [SetUp]
    public void SetUp() => _scene = new TinyScene();

    [TearDown]
    public void TearDown() => _scene?.Dispose();

    [Test]
    public void A_sweep_whose_driver_was_killed_is_resumed_with_the_jobs_that_still_run()
    {
        string[] sweep =
        [
            "sweep", "--data", _scene.Data, "--model", _scene.Model, "--sam", _scene.Sam, "--output", _scene.File("sweep"), "--rank", "2,3", "--epochs", "12", "--batch-size", "4", "--warmup", "2", "--lr", "0.01",
            "--device", "cpu", "--executor", "slurm", "--gres", "gpu:2",
        ];
        using (SamedProcess.Start(sweep))
        {
            SlurmOnLoopback.WaitForRunning(2);
        }

        var run = CliRun.Of([.. sweep, "--resume"]);

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(File.ReadAllLines(_scene.File("sweep/trials.jsonl")).Count(line => line.Contains("\"trialCompleted\"", StringComparison.Ordinal)), Is.EqualTo(2));
        Assert.That(File.ReadAllLines(_scene.File("sweep/slurm/jobs.jsonl")).Count(line => line.Contains("\"job\"", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(File.Exists(_scene.File("sweep/best/best.pth")) || Directory.EnumerateFiles(_scene.File("sweep/best")).Any());
    }

    [Test]
    public void Volumes_that_are_shared_out_give_the_label_maps_and_scores_of_one_call()
    {
        _scene.MustTrain("run");
        foreach (var seed in new[] { 51, 52, 53 })
        {
            _scene.Write(string.Create(CultureInfo.InvariantCulture, $"cases/c{seed}.nii.gz"), string.Create(CultureInfo.InvariantCulture, $"truth/c{seed}.nii.gz"), seed);
        }
        string[] predict = ["predict", "--input", _scene.File("cases"), "--sam", _scene.Sam, "--lora", _scene.File("run/best.pth"), "--device", "cpu"];
        var local = CliRun.Of([.. predict, "--output", _scene.File("local"), "--json", _scene.File("local.json")]);
        Assert.That(local.ExitCode, Is.Zero, local.ToString());

        var shared = CliRun.Of([.. predict, "--output", _scene.File("shared"), "--json", _scene.File("shared.json"), "--executor", "slurm", "--gres", "gpu:2", "--parts", "2"]);

        Assert.That(shared.ExitCode, Is.Zero, shared.ToString());
        foreach (var name in new[] { "c51", "c52", "c53" })
        {
            Assert.That(File.ReadAllBytes(_scene.File($"shared/{name}.nii.gz")).AsSpan().SequenceEqual(File.ReadAllBytes(_scene.File($"local/{name}.nii.gz"))), name);
        }
        Assert.That(File.ReadAllText(_scene.File("shared.json")).Replace(_scene.File("shared"), _scene.File("local"), StringComparison.Ordinal), Is.EqualTo(File.ReadAllText(_scene.File("local.json"))));
        Assert.That(File.Exists(_scene.File("shared/run.json")));

        Evaluate("local", "scores.json");
        Evaluate("shared", "shared_scores.json", "--executor", "slurm", "--parts", "3");
        Assert.That(File.ReadAllText(_scene.File("shared_scores.json")), Is.EqualTo(File.ReadAllText(_scene.File("scores.json"))));
    }

    [TestCase("--parallel", "--executor", "slurm", "--parallel", "2")]
    [TestCase("--gres is for --executor slurm", "--gres", "gpu:1")]
    [TestCase("one word", "--executor", "slurm", "--partition", "two words")]
    public void Options_that_do_not_go_together_are_refused(string message, params string[] more)
    {
        var run = CliRun.Of(["sweep", "--data", _scene.Data, "--model", _scene.Model, "--sam", _scene.Sam, "--output", _scene.File("sweep"), "--rank", "2,3", .. more]);

        Assert.That(run.ExitCode, Is.Not.Zero, run.ToString());
        Assert.That(run.Error, Does.Contain(message));
        Assert.That(Directory.Exists(_scene.File("sweep/trials")), Is.False);
    }

    private void Evaluate(string folder, string json, params string[] more)
    {
        var run = CliRun.Of(["evaluate", "--prediction", _scene.File(folder), "--reference", _scene.File("truth"), "--labels", "synapse", "--json", _scene.File(json), .. more]);
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
    }
}
