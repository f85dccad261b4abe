namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>What the queue needs of a cluster. Tests have one of their own.</summary>
internal interface ISlurmCluster
{
    /// <summary>Finds out whether jobs can be given to the cluster.</summary>
    /// <exception cref="SlurmException">They cannot; says what to do.</exception>
    Task<SlurmLimits> PrepareAsync(IReadOnlyList<string> options, CancellationToken cancellationToken);

    /// <summary>Submits an array job.</summary>
    /// <exception cref="SlurmUnreachableException">The controller does not answer, or takes no more for now. Whether it has the job, the queue will show.</exception>
    /// <exception cref="SlurmException">It refuses the job.</exception>
    Task<string> SubmitAsync(SlurmSubmission submission, CancellationToken cancellationToken);

    /// <summary>All of this user's array tasks that the controller knows, those that ended a while ago too.</summary>
    /// <exception cref="SlurmUnreachableException">It does not answer.</exception>
    Task<IReadOnlyList<SlurmTask>> QueueAsync(CancellationToken cancellationToken);

    /// <summary>States of tasks that the controller no longer knows, by <see cref="SlurmTask.Id"/>; those that accounting does not know either are left out.</summary>
    Task<IReadOnlyDictionary<string, string>> HistoryAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken);

    /// <summary>Stops tasks: those that run are told to save and end, or, when <paramref name="outright"/>, are ended.</summary>
    /// <exception cref="SlurmUnreachableException">The controller does not answer.</exception>
    Task CancelAsync(IReadOnlyList<SlurmTask> tasks, bool outright, CancellationToken cancellationToken);
}

/// <summary>What a cluster allows and has.</summary>
/// <param name="MaxArraySize">Tasks of one array job, at most.</param>
/// <param name="Accounting">Whether it keeps what became of tasks.</param>
internal sealed record SlurmLimits(int MaxArraySize, bool Accounting);

/// <summary>An array job to be submitted.</summary>
/// <param name="Name">Its name, by which the queue knows it.</param>
/// <param name="Tasks">Number of tasks, from index 0.</param>
/// <param name="Running">Tasks that may run at once; null = all.</param>
/// <param name="Script">The batch script.</param>
/// <param name="Output">File of what task <c>%a</c> prints.</param>
/// <param name="Options">More words for sbatch.</param>
internal sealed record SlurmSubmission(string Name, int Tasks, int? Running, string Script, string Output, IReadOnlyList<string> Options);

/// <summary>One task of an array job, as the controller tells it.</summary>
/// <param name="Job">Number of the array job.</param>
/// <param name="Index">Index in the array.</param>
/// <param name="Name">Name of the job.</param>
/// <param name="State">Slurm's word for its state, such as <c>RUNNING</c>.</param>
/// <param name="Reason">Why it waits.</param>
internal sealed record SlurmTask(string Job, int Index, string Name, string State, string Reason)
{
    /// <summary>The task in Slurm's commands: <c>123_4</c>.</summary>
    public string Id => FormattableString.Invariant($"{Job}_{Index}");

    /// <summary>Whether it is over. What is not known here is taken to be alive, so that it is not run twice.</summary>
    public bool IsOver => State is "COMPLETED" or "FAILED" or "CANCELLED" or "TIMEOUT" or "NODE_FAIL" or "PREEMPTED" or "OUT_OF_MEMORY" or "BOOT_FAIL" or "DEADLINE" or "REVOKED";

    /// <summary>Whether it waits for what only an administrator can do.</summary>
    public bool IsStuck => State == "PENDING" && Reason.Replace('_', ' ').Contains("launch failed", StringComparison.OrdinalIgnoreCase);
}

/// <summary>The controller of a Slurm cluster does not answer, or takes no more for now.</summary>
internal sealed class SlurmUnreachableException(string message, Exception? innerException = null) : Exception(message, innerException);
