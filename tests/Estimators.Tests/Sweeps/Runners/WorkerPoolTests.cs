using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Estimators.Tests.Sweeps.Runners;

/// <summary>What a pool makes of the ends of its workers, which are shell scripts here. Real workers are tested with the command line.</summary>
[Platform("Linux")]
public class WorkerPoolTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void WriteData() => _folder = new TempFolder().Write();

    [TearDown]
    public void RemoveData() => _folder.Dispose();

    [Test]
    public async Task A_worker_that_the_kernel_kills_for_its_memory_is_started_again_with_half_the_batch()
    {
        var (kills, notes) = (0, new List<string>());
        // The first time it is killed; the second time it must be told to halve.
        using var pool = Pool("""
            echo "$@" >> "$FOLDER/calls"
            [ $(wc -l < "$FOLDER/calls") -gt 1 ] || kill -9 $$
            cp "$FOLDER/result.json" "$4/result.json"
            """, () => kills++);
        Done();

        var result = await pool.RunAsync(Settings(notes), CancellationToken.None);

        var calls = File.ReadAllLines(_folder.File("calls"));
        Assert.That(calls, Has.Length.EqualTo(2));
        Assert.That(calls[0], Does.StartWith("trial ").And.Not.Contain("--halve-batch"));
        Assert.That(calls[1], Does.EndWith("--halve-batch"));
        Assert.That(result.Metric, Is.EqualTo(0.5));
        Assert.That(notes.Single(), Does.Contain("exit code 137").And.Contain("the batch is halved").And.Contain("taken up again"));
    }

    [Test]
    public void A_trial_whose_worker_is_killed_every_time_is_given_up()
    {
        using var pool = Pool("echo x >> \"$FOLDER/calls\"; kill -9 $$", () => 0);

        Assert.That(async () => await pool.RunAsync(Settings([]), CancellationToken.None), Throws.TypeOf<TrialFailedException>().With.Message.Contains("exit code 137, in attempt 3 of 3"));
        Assert.That(File.ReadAllLines(_folder.File("calls")), Has.Length.EqualTo(3));
    }

    [Test]
    public void A_trial_that_fails_is_not_tried_again_and_says_why()
    {
        using var pool = Pool("echo x >> \"$FOLDER/calls\"; echo 'samed: the lamp is broken' >&2; exit 1", () => 0);

        Assert.That(async () => await pool.RunAsync(Settings([]), CancellationToken.None), Throws.TypeOf<TrialFailedException>().With.Message.Contains("the lamp is broken"));
        Assert.That(File.ReadAllLines(_folder.File("calls")), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_worker_that_is_done_without_a_result_is_a_failure()
    {
        using var pool = Pool("exit 0", () => 0);

        Assert.That(async () => await pool.RunAsync(Settings([]), CancellationToken.None), Throws.TypeOf<TrialFailedException>().With.Message.Contains("no result.json"));
    }

    [Test]
    public void A_point_that_makes_no_run_fails_without_a_worker()
    {
        using var pool = Pool("exit 9", () => 0);

        Assert.That(async () => await pool.RunAsync(Settings([]) with { Parameter = new([new("rank", 99)]) }, CancellationToken.None),
            Throws.TypeOf<TrialFailedException>().With.Message.Contains("at most 16, the width of the image encoder"));
    }

    [Test]
    public async Task Workers_have_their_share_of_the_processors_and_see_one_GPU_each()
    {
        var device = WorkerDevice.Name(5, visible: null);
        using var pool = Pool("""
            echo "$OMP_NUM_THREADS $CUDA_VISIBLE_DEVICES" > "$FOLDER/environment"; echo "$@" > "$FOLDER/calls"
            cp "$FOLDER/result.json" "$4/result.json"
            """, () => 0, new() { Threads = 3, Devices = ["cuda:5"] });
        Done();

        _ = await pool.RunAsync(Settings([]), CancellationToken.None);

        Assert.That(File.ReadAllText(_folder.File("environment")).Trim(), Is.EqualTo($"3 {device}"));
        Assert.That(File.ReadAllText(_folder.File("calls")), Does.Contain("--device cuda:0"));
        Assert.That(WorkerDevice.Name(1, "4,GPU-7"), Is.EqualTo("GPU-7"), "a cluster that gives out some GPUs names them");
    }

    [Test]
    public void Options_that_cannot_be_are_all_told()
    {
        Assert.That(() => new WorkerPoolOptions { Parallel = 0, MaxAttempts = 0, Threads = 0, Devices = ["gpu"] }.Validate(),
            Throws.ArgumentException.With.Message.Contains("Parallel").And.Message.Contains("MaxAttempts").And.Message.Contains("Threads").And.Message.Contains("'gpu'"));
        Assert.That(new WorkerPoolOptions { Devices = ["0", "1"], Parallel = 1 }.ResolvedParallel, Is.EqualTo(2));
    }

    private WorkerPoolTrialRunner Pool(string script, Func<long> memoryKills, WorkerPoolOptions? options = null)
    {
        File.WriteAllText(_folder.File("worker.sh"), $"FOLDER='{_folder.Path}'\n{script}\n");
        return new(_folder.File("sweep"), settings => TrialSpec.Of(settings, TinyTrial.Spec(_folder).Run), (options ?? new()) with { Program = new("sh", [_folder.File("worker.sh")]) }) { MemoryKills = memoryKills };
    }

    private static TrialSettings Settings(List<string> notes) => new() { TrialId = 0, Parameter = new([new("rank", 2)]), Seed = 7, Progress = new Notes(notes) };

    /// <summary>What the script copies.</summary>
    private void Done() => TrialResultFile.Write(_folder.Path, new TrialResult { TrialSettings = Settings([]), Metric = 0.5, DurationInMilliseconds = 1, Epochs = 4 });

    private sealed class Notes(List<string> notes) : IProgress<TrialProgress>
    {
        public void Report(TrialProgress value)
        {
            if (value.Note is { } note)
            {
                notes.Add(note);
            }
        }
    }
}
