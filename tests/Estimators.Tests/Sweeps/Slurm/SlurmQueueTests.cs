using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

/// <summary>Work on a made-up cluster on which things go wrong.</summary>
[TestFixture]
public class SlurmQueueTests
{
    private static readonly SlurmOptions s_quick = new()
    {
        PollMin = TimeSpan.FromMilliseconds(1), PollMax = TimeSpan.FromMilliseconds(4), FileGrace = TimeSpan.FromMilliseconds(20), SaveTime = TimeSpan.FromSeconds(5),
    };

    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task Work_that_comes_together_is_one_array_job()
    {
        var (cluster, works) = Cluster(20);

        await RunAll(cluster, works);

        Assert.That(cluster.Submissions, Has.Count.EqualTo(1));
        Assert.That(cluster.Submissions[0].Tasks, Is.EqualTo(20));
        Assert.That(cluster.Submissions[0].Running, Is.Null);
        Assert.That(works.Select(work => work.Finished), Is.All.EqualTo(1));
        Assert.That(cluster.Looks, Is.LessThan(8));
    }

    [Test]
    public async Task An_array_is_no_larger_than_the_cluster_allows()
    {
        var works = Works(7);
        var cluster = new FakeSlurm { Works = works.ToDictionary(work => work.Key), Limits = new(3, Accounting: false) };

        await RunAll(cluster, works);

        Assert.That(cluster.Submissions.Select(submission => submission.Tasks), Is.EqualTo(new[] { 3, 3, 1 }));
    }

    [Test]
    public async Task No_more_run_at_once_than_may_even_when_some_are_killed()
    {
        var (cluster, works) = Cluster(9, (_, attempt) => attempt == 1 ? Fate.Killed : Fate.Done);

        await RunAll(cluster, works, s_quick with { MaxRunning = 2 });

        Assert.That(cluster.MostRunning, Is.EqualTo(2));
        Assert.That(cluster.Submissions[0].Running, Is.EqualTo(2));
        Assert.That(works.Select(work => work.Finished), Is.All.EqualTo(1));
    }

    [TestCase(Fate.Killed, "FAILED with exit code 137")]
    [TestCase(Fate.CancelledOutside, "CANCELLED")]
    [TestCase(Fate.NodeFail, "NODE_FAIL")]
    [TestCase(Fate.Timeout, "TIMEOUT")]
    [TestCase(Fate.Vanished, "no longer known")]
    [TestCase(Fate.Stuck, "could not launch")]
    public async Task What_is_lost_is_submitted_again(object fate, string told)
    {
        var (cluster, works) = Cluster(3, (key, attempt) => key == "1" && attempt == 1 ? (Fate)fate : Fate.Done);

        await RunAll(cluster, works);

        Assert.That(cluster.Submissions.Select(submission => submission.Tasks), Is.EqualTo(new[] { 3, 1 }));
        Assert.That(works.Select(work => work.Finished), Is.All.EqualTo(1));
        Assert.That(works[1].Notes, Has.One.Contains(told).And.Contains("submitted again"));
    }

    [Test]
    public void What_gets_no_further_is_given_up_and_the_rest_goes_on()
    {
        var (cluster, works) = Cluster(3, (key, _) => key == "1" ? Fate.Killed : Fate.Done);

        var fault = Assert.ThrowsAsync<SlurmWorkFailedException>(() => RunAll(cluster, works));

        Assert.That(fault!.Message, Does.Contain("work 1").And.Contain("exit code 137").And.Contain("3 attempts").And.Contain("it printed this before 137"));
        Assert.That(cluster.Began.Count(key => key == "1"), Is.EqualTo(3));
        Assert.That(works.Select(work => work.Finished), Is.EqualTo(new[] { 1, 0, 1 }));
    }

    [Test]
    public async Task What_gets_further_each_time_is_not_given_up()
    {
        var works = new[] { new FakeWork("0", getsFurther: true) };
        var cluster = new FakeSlurm { Works = works.ToDictionary(work => work.Key), FateOf = (_, attempt) => attempt <= 7 ? Fate.Timeout : Fate.Done };

        await RunAll(cluster, works);

        Assert.That(cluster.Began, Has.Count.EqualTo(8));
    }

    [Test]
    public async Task What_was_killed_for_its_memory_is_asked_to_take_less()
    {
        var (cluster, works) = Cluster(2, (key, attempt) => key == "1" && attempt == 1 ? Fate.OutOfMemory : Fate.Done);

        await RunAll(cluster, works);

        Assert.That(works.Select(work => work.HadLessMemory), Is.EqualTo(new[] { false, true }));
        Assert.That(works[1].Notes, Has.One.Contains("with half the batch"));
    }

    [Test]
    public void What_runs_out_of_memory_with_less_too_is_given_up()
    {
        var (cluster, works) = Cluster(1, (_, _) => Fate.OutOfMemory);

        Assert.That(() => RunAll(cluster, works), Throws.TypeOf<SlurmWorkFailedException>().With.Message.Contains("with half the batch too").And.Message.Contains("--mem"));
        Assert.That(cluster.Submissions, Has.Count.EqualTo(2));
    }

    [Test]
    public void A_failure_is_told_in_its_own_words_and_not_tried_again()
    {
        var (cluster, works) = Cluster(1, (_, _) => Fate.Failed);

        Assert.That(() => RunAll(cluster, works), Throws.TypeOf<SlurmWorkFailedException>().With.Message.EqualTo("the loss is not finite"));
        Assert.That(cluster.Submissions, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_program_that_the_node_does_not_have_is_told_with_what_was_printed()
    {
        var (cluster, works) = Cluster(1, (_, _) => Fate.Usage);

        Assert.That(() => RunAll(cluster, works), Throws.TypeOf<SlurmWorkFailedException>().With.Message.Contains("exit code 127").And.Message.Contains("it printed this"));
        Assert.That(cluster.Submissions, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Accounting_tells_what_became_of_a_task_that_the_controller_forgot()
    {
        var works = Works(1);
        var cluster = new FakeSlurm
        {
            Works = works.ToDictionary(work => work.Key), Limits = new(1000, Accounting: true), FateOf = (_, attempt) => attempt == 1 ? Fate.Vanished : Fate.Done, Accounts = { ["101_0"] = "OUT_OF_MEMORY" },
        };

        await RunAll(cluster, works);

        Assert.That(works[0].HadLessMemory);
    }

    [Test]
    public async Task A_controller_that_is_away_is_waited_for_while_files_tell_what_is_done()
    {
        var (cluster, works) = Cluster(2, (key, _) => key == "0" ? Fate.RunsOn : Fate.Done);
        cluster.OnLook = look =>
        {
            if (look is > 2 and < 12)
            {
                if (look == 6)
                {
                    works[0].Finish();
                }
                throw new SlurmUnreachableException("Unable to contact slurm controller");
            }
        };

        await RunAll(cluster, works);

        Assert.That(cluster.Submissions, Has.Count.EqualTo(1));
        Assert.That(works.Select(work => work.Finished), Is.All.EqualTo(1));
        Assert.That(works[0].Notes, Has.One.Contains("does not answer"));
    }

    [TestCase(true, 1)]
    [TestCase(false, 2)]
    public async Task A_job_whose_submission_was_not_answered_runs_once(bool taken, int submissions)
    {
        var (cluster, works) = Cluster(4);
        cluster.OnSubmit = number => number == 0 ? (new SlurmUnreachableException("Socket timed out on send/recv operation"), taken) : (null, true);

        await RunAll(cluster, works);

        Assert.That(cluster.Submissions, Has.Count.EqualTo(submissions));
        Assert.That(cluster.Began, Has.Count.EqualTo(4));
        Assert.That(works.Select(work => work.Finished), Is.All.EqualTo(1));
    }

    [Test]
    public void A_job_that_the_cluster_refuses_ends_the_work()
    {
        var (cluster, works) = Cluster(4);
        cluster.OnSubmit = _ => (new SlurmException("sbatch refuses the job: invalid account"), false);

        Assert.That(() => RunAll(cluster, works), Throws.TypeOf<SlurmException>().With.Message.Contains("invalid account"));
    }

    [Test]
    public void Cancelled_work_is_told_once_to_save_and_has_ended()
    {
        using var cancel = new CancellationTokenSource();
        var (cluster, works) = Cluster(4, (_, _) => Fate.RunsOn);
        cluster.OnLook = look =>
        {
            if (look == 4)
            {
                cancel.Cancel();
            }
        };

        Assert.That(() => RunAll(cluster, works, s_quick with { MaxRunning = 2 }, cancel.Token), Throws.InstanceOf<OperationCanceledException>());

        Assert.That(cluster.Told, Is.EquivalentTo(new[] { "101_0", "101_1", "101_2", "101_3" }));
        Assert.That(cluster.Submissions, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Who_goes_on_after_a_crash_follows_what_still_runs()
    {
        var (stayAlive, crash) = (true, false);
        var (cluster, works) = Cluster(3, (key, _) => key == "2" || !stayAlive ? Fate.Done : Fate.RunsOn);
        cluster.OnLook = _ =>
        {
            if (crash)
            {
                throw new InvalidOperationException("the driver crashes");
            }
        };
        var first = RunAll(cluster, works);
        await works[2].Until(work => work.IsDone());
        crash = true;
        Assert.That(() => first, Throws.InvalidOperationException);
        crash = false;
        File.AppendAllText(_folder.File("slurm/jobs.jsonl"), "{\"atUtc\":\"2026-");
        using var again = Queue(cluster, s_quick);
        await again.PrepareAsync(default);
        var second = Task.WhenAll(works.Select(work => again.RunAsync(work, default)));
        await works[0].Until(work => work.Notes.Any(note => note.Contains("still in the queue", StringComparison.Ordinal)));
        stayAlive = false;

        await second;

        Assert.That(cluster.Submissions, Has.Count.EqualTo(1));
        Assert.That(works[0].Notes, Has.One.Contains("still in the queue"));
        Assert.That(cluster.Began, Has.Count.EqualTo(3));
    }

    [Test]
    public async Task A_torn_line_of_the_ledger_spoils_no_other()
    {
        var (cluster, works) = Cluster(1);
        Directory.CreateDirectory(_folder.File("slurm"));
        File.WriteAllText(_folder.File("slurm/jobs.jsonl"), "{\"batch\":1,\"na");

        await RunAll(cluster, works);

        Assert.That(new SlurmLedger(_folder.File("slurm")).Places.Keys, Is.EqualTo(new[] { "0" }));
    }

    [Test]
    public async Task Of_three_hundred_pieces_that_die_at_random_each_is_done_once()
    {
        var random = new Random(3);
        Fate[] deaths = [Fate.Killed, Fate.CancelledOutside, Fate.NodeFail, Fate.Vanished, Fate.Stuck, Fate.Timeout, Fate.OutOfMemory];
        Dictionary<string, Fate> ends = [];
        var (cluster, works) = Cluster(300, (key, attempt) => attempt == 1 && ends.GetValueOrDefault(key, Fate.Done) is var end ? end : Fate.Done);
        foreach (var work in works.Where(_ => random.Next(3) == 0))
        {
            ends[work.Key] = deaths[random.Next(deaths.Length)];
        }

        await RunAll(cluster, works, s_quick with { MaxRunning = 40, MaxQueued = 100 });

        Assert.That(ends, Has.Count.GreaterThan(60));
        Assert.That(works.Select(work => work.Finished), Is.All.EqualTo(1));
        Assert.That(cluster.Began, Has.Count.EqualTo(300 + ends.Count));
        Assert.That(cluster.MostRunning, Is.LessThanOrEqualTo(40));
    }

    private static FakeWork[] Works(int count) => [.. Enumerable.Range(0, count).Select(index => new FakeWork($"{index}"))];

    private static (FakeSlurm Cluster, FakeWork[] Works) Cluster(int count, Func<string, int, Fate>? fate = null)
    {
        var works = Works(count);
        return (new() { Works = works.ToDictionary(work => work.Key), FateOf = fate ?? ((_, _) => Fate.Done) }, works);
    }

    private SlurmQueue Queue(FakeSlurm cluster, SlurmOptions options) => new(cluster, new SlurmLedger(_folder.File("slurm")), options, ["samed"]);

    private async Task RunAll(FakeSlurm cluster, IReadOnlyList<FakeWork> works, SlurmOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var queue = Queue(cluster, options ?? s_quick);
        await queue.PrepareAsync(default);
        await Task.WhenAll(works.Select(work => queue.RunAsync(work, cancellationToken))).WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None);
    }
}
