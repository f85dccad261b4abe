using System.Globalization;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>How work is given to a Slurm cluster. What is null is left to the cluster's defaults.</summary>
public sealed record SlurmOptions
{
    /// <summary>Partition, sbatch <c>--partition</c>. Default null.</summary>
    public string? Partition { get; init; }

    /// <summary>Generic resources of one task, sbatch <c>--gres</c>, such as <c>gpu:1</c>. Default null: tasks compute on the CPU unless the cluster shows them GPUs.</summary>
    public string? Gres { get; init; }

    /// <summary>Account that is charged, sbatch <c>--account</c>. Default null.</summary>
    public string? Account { get; init; }

    /// <summary>Longest time of one task, sbatch <c>--time</c>, in whole minutes rounded up. A task that is stopped by it has saved its state and goes on in a new job. Default null.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Processors of one task, sbatch <c>--cpus-per-task</c>; tensor operations take as many threads. Default null.</summary>
    public int? CpusPerTask { get; init; }

    /// <summary>Memory of one task, sbatch <c>--mem</c>, such as <c>32G</c>. Default null.</summary>
    public string? Memory { get; init; }

    /// <summary>Tasks that run at once, over all jobs of this program. Default null = as many as the cluster lets run.</summary>
    public int? MaxRunning { get; init; }

    /// <summary>Tasks that are submitted and not yet done, at most. Default 1,000: below Slurm's own limit of an array and of most sites' queues.</summary>
    public int MaxQueued { get; init; } = 1000;

    /// <summary>More arguments for sbatch, each as one word, after those above. Default none.</summary>
    public IReadOnlyList<string> ExtraArguments { get; init; } = [];

    /// <summary>How often a task is begun at most without getting any further, when it is killed, cancelled from outside or lost. Default 3.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>Shortest time between two looks at the queue. Default 2 seconds.</summary>
    public TimeSpan PollMin { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest time between two looks at the queue, to which it grows while nothing changes. Default 30 seconds.</summary>
    public TimeSpan PollMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a file that a task must have written may take to be seen here: file systems of clusters show new files late. Default 60 seconds.</summary>
    public TimeSpan FileGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long tasks that are told to stop may save before they are cancelled outright. Default 3 minutes.</summary>
    public TimeSpan SaveTime { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>The program, by a path that the nodes know too. Default null = <see cref="SamedProgram.Find"/>.</summary>
    public SamedProgram? Program { get; init; }

    /// <summary>Folder of a libtorch of one's own, for the tasks; null = as they find it.</summary>
    public string? LibTorch { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Lists every fault.</exception>
    public void Validate()
    {
        List<string> faults = [];
        Check(CpusPerTask is null or >= 1, nameof(CpusPerTask), "at least 1", $"{CpusPerTask}");
        Check(MaxRunning is null or >= 1, nameof(MaxRunning), "at least 1", $"{MaxRunning}");
        Check(MaxQueued >= 1, nameof(MaxQueued), "at least 1", $"{MaxQueued}");
        Check(MaxAttempts >= 1, nameof(MaxAttempts), "at least 1", $"{MaxAttempts}");
        Check(TimeLimit is null || TimeLimit > TimeSpan.Zero, nameof(TimeLimit), "above 0", $"{TimeLimit}");
        Check(PollMin > TimeSpan.Zero, nameof(PollMin), "above 0", $"{PollMin}");
        Check(PollMax >= PollMin, nameof(PollMax), "at least PollMin", $"{PollMax}");
        Check(FileGrace >= TimeSpan.Zero, nameof(FileGrace), "at least 0", $"{FileGrace}");
        Check(SaveTime >= TimeSpan.Zero, nameof(SaveTime), "at least 0", $"{SaveTime}");
        foreach (var (name, text) in new[] { (nameof(Partition), Partition), (nameof(Gres), Gres), (nameof(Account), Account), (nameof(Memory), Memory) })
        {
            Check(text is null || (text.Length > 0 && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))), name, "one word", $"'{text}'");
        }
        // The runner counts its own tasks and names their files: these would take that from it.
        string[] own = ["-a", "--array", "-J", "--job-name", "-o", "--output", "--parsable", "-W", "--wait", "--wrap", "--no-requeue", "--open-mode"];
        foreach (var word in ExtraArguments.Where(word => own.Any(name => word == name || word.StartsWith(name + "=", StringComparison.Ordinal))))
        {
            Check(false, nameof(ExtraArguments), "arguments other than those that are set here (array, job name, output, requeue)", $"'{word}'");
        }
        if (faults.Count > 0)
        {
            throw new ArgumentException($"Slurm: {string.Join("; ", faults)}.");
        }

        void Check(bool holds, string name, string expected, string got)
        {
            if (!holds)
            {
                faults.Add($"{name} must be {expected}, got {got}");
            }
        }
    }

    /// <summary>What these options are to sbatch.</summary>
    internal IEnumerable<string> Words() =>
    [
        .. Word("partition", Partition),
        .. Word("account", Account),
        .. Word("gres", Gres),
        .. Word("mem", Memory),
        .. Word("time", TimeLimit is { } time ? Math.Ceiling(time.TotalMinutes).ToString(CultureInfo.InvariantCulture) : null),
        .. Word("cpus-per-task", CpusPerTask?.ToString(CultureInfo.InvariantCulture)),
        // Two minutes before the limit, to the script alone, which passes it on. A limit of a few minutes would be reached at once by that: there Slurm's own signal has to do.
        .. Word("signal", TimeLimit is null || TimeLimit > TimeSpan.FromMinutes(5) ? "B:TERM@120" : null),
        .. ExtraArguments,
    ];

    private static IEnumerable<string> Word(string name, string? value) => value is null ? [] : [$"--{name}={value}"];
}
