using System.Diagnostics;
using System.Globalization;
using SAMed.MLNet.Cli.Tests.Support;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Cli.Tests.Sweeps;

/// <summary>Sweeps on a real cluster of one node, with real jobs, while things go wrong.</summary>
[TestFixture]
[Category("Slurm")]
[Platform("Linux")]
[NonParallelizable]
public class SlurmTests
{
    private const int Epochs = 16;

    private static readonly SlurmOptions s_options = new()
    {
        Gres = "gpu:2", PollMin = TimeSpan.FromMilliseconds(300), PollMax = TimeSpan.FromSeconds(1), FileGrace = TimeSpan.FromSeconds(2), SaveTime = TimeSpan.FromSeconds(30),
    };

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
    public async Task A_sweep_on_which_everything_goes_wrong_ends_complete_and_as_in_this_process()
    {
        using var inProcess = new InProcessTrialRunner(_scene.File("one"), SpecOf);
        var expected = await SweepAsync("one", inProcess);
        using var slurm = new SlurmTrialRunner(_scene.File("slurm sweep"), SpecOf, s_options);

        var sweep = Task.Run(() => SweepAsync("slurm sweep", slurm));
        var chaos = Task.Run(Disturb);
        // Whichever fails first tells why.
        await await Task.WhenAny(sweep, chaos);
        await Task.WhenAll(sweep, chaos);

        var actual = await sweep;
        Assert.Multiple(() =>
        {
            Assert.That(actual.Trials.Select(trial => (trial.Settings.TrialId, trial.State, trial.Error)), Is.EqualTo(Enumerable.Range(0, 6).Select(trial => (trial, TrialState.Done, (string?)null))));
            Assert.That(actual.Results.Select(TinySpec.Same), Is.EqualTo(expected.Results.Select(TinySpec.Same)));
            for (var trial = 0; trial < 6; trial++)
            {
                Assert.That(TinySpec.Weights(Trial(trial).Path).AsSpan().SequenceEqual(TinySpec.Weights(SweepFolder.TrialFolderOf(_scene.File("one"), trial))), $"weights of trial {trial}");
            }
        });
        var journal = File.ReadAllLines(_scene.File("slurm sweep/trials.jsonl"));
        Assert.That(journal.Count(line => line.Contains("trialCompleted", StringComparison.OrdinalIgnoreCase)), Is.EqualTo(6));
        Assert.That(string.Join('\n', journal), Does.Contain("exit code 137").And.Contain("CANCELLED").And.Contain("does not answer"));
        Assert.That(SlurmOnLoopback.Tasks("RUNNING,PENDING"), Is.Empty);
    }

    [Test]
    public async Task A_cancelled_sweep_leaves_no_job_and_goes_on_from_what_was_saved()
    {
        using var inProcess = new InProcessTrialRunner(_scene.File("one"), SpecOf);
        var settings = Settings(0);
        var expected = await inProcess.RunAsync(settings, CancellationToken.None);
        using var slurm = new SlurmTrialRunner(_scene.File("slurm sweep"), SpecOf, s_options);
        await slurm.PrepareAsync(CancellationToken.None);
        using var stop = new CancellationTokenSource();
        Task<TrialResult>[] trials = [.. Enumerable.Range(0, 3).Select(trial => slurm.RunAsync(Settings(trial), stop.Token))];
        await WaitForEpochs(0, 2);

        await stop.CancelAsync();

        foreach (var trial in trials)
        {
            Assert.That(async () => await trial, Throws.InstanceOf<OperationCanceledException>());
        }
        Assert.That(SlurmOnLoopback.Tasks("RUNNING,PENDING,COMPLETING"), Is.Empty);
        Assert.That(File.ReadAllText(Trial(0).LogPath), Does.Contain("Stopped; the state is saved"));
        Assert.That(Trial(0).ReadResult(null), Is.Null);

        var rest = await slurm.RunAsync(settings, CancellationToken.None);
        Assert.That(TinySpec.Same(rest), Is.EqualTo(TinySpec.Same(expected)));
        Assert.That(File.ReadAllText(Trial(0).LogPath), Does.Contain("continuing the interrupted run"));
    }

    [Test]
    public async Task Another_runner_follows_jobs_that_still_run()
    {
        using var first = new SlurmTrialRunner(_scene.File("slurm sweep"), SpecOf, s_options);
        await first.PrepareAsync(CancellationToken.None);
        var lost = first.RunAsync(Settings(0), CancellationToken.None);
        SlurmOnLoopback.WaitForRunning(1);
        using var second = new SlurmTrialRunner(_scene.File("slurm sweep"), SpecOf, s_options);
        await second.PrepareAsync(CancellationToken.None);

        var result = await second.RunAsync(Settings(0), CancellationToken.None);

        Assert.That(result.Epochs, Is.EqualTo(Epochs));
        Assert.That(File.ReadAllLines(_scene.File("slurm sweep/slurm/jobs.jsonl")).Count(line => line.Contains("\"job\"", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That((await lost).Metric, Is.EqualTo(result.Metric));
    }

    [Test]
    public void Options_that_the_cluster_refuses_are_told_before_any_trial()
    {
        Assert.That(() => Prepare(new() { Partition = "nowhere" }), Throws.TypeOf<SlurmException>().With.Message.Contains("--partition=nowhere").And.Message.Contains("invalid partition"));
        Assert.That(() => Prepare(new() { Gres = "gpu:5" }), Throws.TypeOf<SlurmException>().With.Message.Contains("--gres=gpu:5").And.Message.Contains("not available"));
        Assert.That(() => Prepare(s_options), Throws.Nothing);
        SlurmOnLoopback.Command("scontrol", "update", "NodeName=localhost", "State=DRAIN", "Reason=test");
        Assert.That(() => Prepare(s_options), Throws.Nothing, "a job would wait for the node");
        SlurmOnLoopback.Command("scontrol", "update", "NodeName=localhost", "State=RESUME");
        Assert.That(SlurmOnLoopback.Tasks("PENDING"), Is.Empty);
    }

    private void Prepare(SlurmOptions options)
    {
        using var runner = new SlurmTrialRunner(_scene.File("slurm sweep"), SpecOf, options);
        runner.PrepareAsync(CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>Kills a trial, cancels one, drains and resumes the node, and takes the controller away for a while.</summary>
    private void Disturb()
    {
        // Two of gpu:2 fit on the node's gpu:4, and no third.
        SlurmOnLoopback.WaitForRunning(2);
        Assert.That(SlurmOnLoopback.Tasks("PENDING"), Has.Length.EqualTo(4));
        WaitForEpochs(0, 2).GetAwaiter().GetResult();
        Process.GetProcessById(ProcessOf(0)).Kill();
        SlurmOnLoopback.Command("scancel", SlurmOnLoopback.Tasks("RUNNING")[^1]);

        SlurmOnLoopback.WaitForRunning(2);
        SlurmOnLoopback.Command("scontrol", "update", "NodeName=localhost", "State=DRAIN", "Reason=test");
        SlurmOnLoopback.WaitForRunning(0);
        Assert.That(SlurmOnLoopback.Tasks("PENDING"), Is.Not.Empty);
        SlurmOnLoopback.Command("scontrol", "update", "NodeName=localhost", "State=RESUME");

        SlurmOnLoopback.WaitForRunning(2);
        _cluster.StopController();
        Thread.Sleep(1000);
        // squeue tries for nine seconds before it says that nobody answers.
        for (var clock = Stopwatch.StartNew(); !File.ReadAllText(_scene.File("slurm sweep/trials.jsonl")).Contains("does not answer", StringComparison.Ordinal); Thread.Sleep(100))
        {
            Assert.That(clock.Elapsed.TotalSeconds, Is.LessThan(40), "the runner does not notice");
        }
        _cluster.StartController();
    }

    private async Task WaitForEpochs(int trial, int epochs)
    {
        for (var clock = Stopwatch.StartNew(); (Trial(trial).ReadProgress()?.Epoch ?? 0) < epochs; await Task.Delay(20))
        {
            Assert.That(clock.Elapsed.TotalSeconds, Is.LessThan(60), $"trial {trial} does not get on");
        }
    }

    private TrialFolder Trial(int trial) => new(SweepFolder.TrialFolderOf(_scene.File("slurm sweep"), trial));

    private async Task<SweepOutcome> SweepAsync(string name, ITrialRunner runner)
    {
        using var record = SweepFolder.Open(_scene.File(name), SweepDefinition.Of(new { ranks = 2 }), resume: false);
        return await new SweepEngine(new GridSearchTuner(new([new ChoiceDimension("rank", [2L, 3L])])), runner, new() { Seeds = [1, 2, 3], Record = record }).RunAsync();
    }

    private TrialSpec SpecOf(TrialSettings settings) => TrialSpec.Of(settings, TinySpec.Template(_scene, Epochs));

    private static TrialSettings Settings(int id) => new() { TrialId = id, Parameter = new([new("rank", 2 + id)]), Seed = 5 };

    /// <summary>The process that does a trial, and not the shell that runs it.</summary>
    private int ProcessOf(int trial) => Directory.EnumerateDirectories("/proc").Select(path => Path.GetFileName(path)).Where(name => name.All(char.IsAsciiDigit))
        .Where(name => CommandOf(name) is [var program, ..] words && Path.GetFileName(program) is "dotnet" or "samed" && words.Contains(Trial(trial).SpecPath))
        .Select(name => int.Parse(name, CultureInfo.InvariantCulture)).Single();

    private static string[] CommandOf(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Split('\0');
        }
        catch (IOException)
        {
            return []; // It has ended.
        }
    }
}
