using System.Collections.Concurrent;
using System.Diagnostics;
using SAMed.MLNet.Cli.Tests.Support;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Cli.Tests.Sweeps;

/// <summary>A pool of real worker processes.</summary>
[TestFixture]
[Platform("Linux")]
public class WorkerPoolTests
{
    private const int Epochs = 24;

    private TinyScene _scene = null!;

    [SetUp]
    public void SetUp() => _scene = new TinyScene();

    [TearDown]
    public void TearDown() => _scene.Dispose();

    [Test]
    public async Task A_trial_whose_worker_is_killed_is_taken_up_again_and_ends_as_in_this_process()
    {
        using var inProcess = new InProcessTrialRunner(_scene.File("one"), SpecOf);
        TrialResult[] expected = [await inProcess.RunAsync(Settings(0), CancellationToken.None), await inProcess.RunAsync(Settings(1), CancellationToken.None)];
        using var pool = Pool(parallel: 2);
        await pool.PrepareAsync(CancellationToken.None);
        ConcurrentQueue<string> notes = [];
        var killed = 0;

        var results = await Task.WhenAll(
            pool.RunAsync(Settings(0, progress =>
            {
                if (progress.Note is { } note)
                {
                    notes.Enqueue(note);
                }
                else if (progress.Epoch >= 2 && Interlocked.Exchange(ref killed, 1) == 0)
                {
                    Process.GetProcessById(WorkerOf(0)).Kill();
                }
            }), CancellationToken.None),
            pool.RunAsync(Settings(1), CancellationToken.None));

        Assert.Multiple(() =>
        {
            Assert.That(results.Select(TinySpec.Same), Is.EqualTo(expected.Select(TinySpec.Same)));
            Assert.That(notes, Has.Exactly(1).Contains("exit code 137"));
            Assert.That(killed, Is.EqualTo(1));
            foreach (var trial in new[] { "0000", "0001" })
            {
                Assert.That(TinySpec.Weights(_scene.File($"pool/trials/{trial}")).AsSpan().SequenceEqual(TinySpec.Weights(_scene.File($"one/trials/{trial}"))), trial);
            }
        });
    }

    [Test]
    public async Task Cancelled_trials_save_and_go_on_later()
    {
        using var inProcess = new InProcessTrialRunner(_scene.File("one"), SpecOf);
        var expected = await inProcess.RunAsync(Settings(0), CancellationToken.None);
        using var pool = Pool(parallel: 1);
        using var source = new CancellationTokenSource();

        Assert.That(async () => await pool.RunAsync(Settings(0, progress => { if (progress.Epoch >= 2) { source.Cancel(); } }), source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(File.ReadAllText(_scene.File("pool/trials/0000/log.txt")), Does.Contain("Stopped; the state is saved"));
        Assert.That(File.Exists(_scene.File("pool/trials/0000/result.json")), Is.False);

        var rest = await pool.RunAsync(Settings(0), CancellationToken.None);
        Assert.That(TinySpec.Same(rest), Is.EqualTo(TinySpec.Same(expected)));
        Assert.That(File.ReadAllText(_scene.File("pool/trials/0000/log.txt")), Does.Contain("continuing the interrupted run"));
    }

    [Test]
    public void A_trial_that_fails_says_why()
    {
        using var pool = new WorkerPoolTrialRunner(_scene.File("pool"), settings => SpecOf(settings) is var spec ? spec with { Run = spec.Run with { Data = _scene.File("nowhere") } } : null!, new() { Threads = 1 });

        Assert.That(async () => await pool.RunAsync(Settings(0), CancellationToken.None), Throws.TypeOf<TrialFailedException>().With.Message.Contains("nowhere"));
    }

    private TrialSpec SpecOf(TrialSettings settings) => TrialSpec.Of(settings, TinySpec.Template(_scene, Epochs));

    private static TrialSettings Settings(int id, Action<TrialProgress>? heard = null) =>
        new() { TrialId = id, Parameter = new([new("rank", 2 + id)]), Seed = 5, Progress = heard is null ? null : new Heard(heard) };

    // As many threads as this process has, for the same bits.
    private WorkerPoolTrialRunner Pool(int parallel) => new(_scene.File("pool"), SpecOf, new() { Parallel = parallel, Threads = 1 });

    private int WorkerOf(int trial) => Directory.EnumerateDirectories("/proc").Select(path => Path.GetFileName(path)).Where(name => name.All(char.IsAsciiDigit))
        .Single(name => CommandOf(name) is var words && words.Contains("trial") && words.Contains(_scene.File($"pool/trials/{trial:0000}/spec.json")) && words.Contains("--worker")) is var found
            ? int.Parse(found, System.Globalization.CultureInfo.InvariantCulture) : 0;

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

    private sealed class Heard(Action<TrialProgress> then) : IProgress<TrialProgress>
    {
        public void Report(TrialProgress value) => then(value);
    }
}
