using System.Collections.Concurrent;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

/// <summary>How a task of the made-up cluster ends.</summary>
internal enum Fate
{
    Done, Failed, Usage, Killed, CancelledOutside, NodeFail, OutOfMemory, Vanished, Stuck, RunsOn, Timeout,
}

/// <summary>A cluster in memory: at each look what waits begins, and what runs meets its fate.</summary>
internal sealed class FakeSlurm : ISlurmCluster
{
    private readonly List<FakeTask> _tasks = [];

    /// <summary>What becomes of a piece of work at its n-th attempt, counted from 1.</summary>
    public Func<string, int, Fate> FateOf { get; init; } = (_, _) => Fate.Done;

    /// <summary>The works, by their keys.</summary>
    public required IReadOnlyDictionary<string, FakeWork> Works { get; init; }

    public List<SlurmSubmission> Submissions { get; } = [];

    /// <summary>Each key as often as its task began.</summary>
    public ConcurrentQueue<string> Began { get; } = [];

    public int MostRunning { get; private set; }

    public int Looks { get; private set; }

    public List<string> Told { get; } = [];

    /// <summary>What happens at a look before it is answered; may throw.</summary>
    public Action<int> OnLook { get; set; } = _ => { };

    /// <summary>What happens when a job is submitted, and whether the controller gets it all the same when that throws.</summary>
    public Func<int, (Exception? Fault, bool Taken)> OnSubmit { get; set; } = _ => (null, true);

    public SlurmLimits Limits { get; init; } = new(1000, Accounting: false);

    public Dictionary<string, string> Accounts { get; } = [];

    public Task<SlurmLimits> PrepareAsync(IReadOnlyList<string> options, CancellationToken cancellationToken) => Task.FromResult(Limits);

    public Task<string> SubmitAsync(SlurmSubmission submission, CancellationToken cancellationToken)
    {
        var (fault, taken) = OnSubmit(Submissions.Count);
        Submissions.Add(submission);
        var job = $"{100 + Submissions.Count}";
        if (taken)
        {
            var lines = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(submission.Script)!, "tasks.txt"));
            _tasks.AddRange(lines.Select((line, index) => new FakeTask(submission, job, index, line.Split(' ')[2].Trim('\''), line.Contains("'less'", StringComparison.Ordinal))));
        }
        return fault is null ? Task.FromResult(job) : Task.FromException<string>(fault);
    }

    public Task<IReadOnlyList<SlurmTask>> QueueAsync(CancellationToken cancellationToken)
    {
        OnLook(++Looks);
        foreach (var task in _tasks.Where(task => task.State == "RUNNING").ToArray())
        {
            Meet(task, FateOf(task.Key, task.Attempt));
        }
        foreach (var task in _tasks.Where(task => task is { State: "PENDING", Reason: "None" }))
        {
            if (_tasks.Count(other => other.Submission == task.Submission && other.State == "RUNNING") < (task.Submission.Running ?? int.MaxValue))
            {
                Began.Enqueue(task.Key);
                (task.State, task.Attempt) = ("RUNNING", Began.Count(key => key == task.Key));
            }
        }
        MostRunning = Math.Max(MostRunning, _tasks.Count(task => task.State == "RUNNING"));
        return Task.FromResult<IReadOnlyList<SlurmTask>>([.. _tasks.Where(task => !task.Gone).Select(task => new SlurmTask(task.Job, task.Index, task.Submission.Name, task.State, task.Reason))]);
    }

    public Task<IReadOnlyDictionary<string, string>> HistoryAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, string>>(Accounts.Where(pair => ids.Contains(pair.Key)).ToDictionary());

    public Task CancelAsync(IReadOnlyList<SlurmTask> tasks, bool outright, CancellationToken cancellationToken)
    {
        foreach (var told in tasks)
        {
            Told.Add($"{told.Id}{(outright ? " outright" : "")}");
            var task = _tasks.Single(task => task.Job == told.Job && task.Index == told.Index);
            if (task.State is "RUNNING")
            {
                Exit(task, 143);
            }
            task.State = "CANCELLED";
        }
        return Task.CompletedTask;
    }

    private void Meet(FakeTask task, Fate fate)
    {
        var work = Works[task.Key];
        work.WentOn(task.LessMemory);
        switch (fate)
        {
            case Fate.Done:
                work.Finish();
                (task.State, _) = ("COMPLETED", Exit(task, 0));
                break;
            case Fate.Failed:
                work.FailureText = "the loss is not finite";
                (task.State, _) = ("FAILED", Exit(task, 1));
                break;
            case Fate.Usage:
                (task.State, _) = ("FAILED", Exit(task, 127));
                break;
            case Fate.Killed:
                (task.State, _) = ("FAILED", Exit(task, 137));
                break;
            case Fate.CancelledOutside or Fate.NodeFail or Fate.OutOfMemory or Fate.Timeout:
                task.State = fate switch { Fate.CancelledOutside => "CANCELLED", Fate.NodeFail => "NODE_FAIL", Fate.Timeout => "TIMEOUT", _ => "OUT_OF_MEMORY" };
                break;
            case Fate.Vanished:
                (task.State, task.Gone) = ("FAILED", true);
                break;
            case Fate.Stuck:
                (task.State, task.Reason) = ("PENDING", "launch failed requeued held");
                break;
        }
    }

    private static bool Exit(FakeTask task, int code)
    {
        var folder = Path.GetDirectoryName(task.Submission.Script)!;
        File.WriteAllText(Path.Combine(folder, $"{task.Index}.exit"), $"{code}\n");
        File.WriteAllText(Path.Combine(folder, $"{task.Index}.log"), $"it printed this before {code}\n");
        return true;
    }

    private sealed class FakeTask(SlurmSubmission submission, string job, int index, string key, bool lessMemory)
    {
        public SlurmSubmission Submission => submission;

        public string Job => job;

        public int Index => index;

        public string Key => key;

        public bool LessMemory => lessMemory;

        public string State { get; set; } = "PENDING";

        public string Reason { get; set; } = "None";

        public int Attempt { get; set; }

        public bool Gone { get; set; }
    }
}

/// <summary>Work that a <see cref="FakeSlurm"/> does.</summary>
internal sealed class FakeWork(string key, bool getsFurther = false) : ISlurmWork
{
    private long _progress;
    private volatile bool _done;

    public string Key => key;

    public string Name => $"work {key}";

    public string? FailureText { get; set; }

    public int Finished { get; private set; }

    public bool HadLessMemory { get; private set; }

    public ConcurrentQueue<string> Notes { get; } = [];

    public IReadOnlyList<string> Words(bool lessMemory) => ["do", key, .. lessMemory ? new[] { "less" } : []];

    public bool IsDone() => _done;

    public string? Failure() => FailureText;

    public long Progress() => _progress;

    public void Look()
    {
    }

    public void Note(string text) => Notes.Enqueue(text);

    public void WentOn(bool lessMemory)
    {
        HadLessMemory |= lessMemory;
        _progress += getsFurther ? 1 : 0;
    }

    /// <summary>Waits, for at most 20 seconds.</summary>
    public async Task Until(Func<FakeWork, bool> holds)
    {
        for (var waited = 0; !holds(this); waited++)
        {
            Assert.That(waited, Is.LessThan(2000), "it does not come");
            await Task.Delay(10);
        }
    }

    public void Finish()
    {
        _done = true;
        Finished++;
    }
}
