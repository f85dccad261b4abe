namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>A piece of work while the queue has it.</summary>
internal sealed class SlurmEntry(ISlurmWork work, CancellationToken cancellationToken)
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SlurmTask? _task;
    private long _progress;

    public ISlurmWork Work { get; } = work;

    /// <summary>Ends with the work.</summary>
    public Task End => _end.Task;

    /// <summary>Whether it is to be stopped.</summary>
    public bool IsCancelled => cancellationToken.IsCancellationRequested;

    /// <summary>When it was first told to stop; null before.</summary>
    public DateTime? StopSince { get; set; }

    /// <summary>Whether its task was told so while it ran.</summary>
    public bool ToldToStop { get; set; }

    /// <summary>The batch it was submitted with; null while it waits.</summary>
    public SlurmBatch? Batch { get; private set; }

    /// <summary>Its index there.</summary>
    public int Index { get; private set; }

    /// <summary>What the controller said last; null when it did not name it.</summary>
    public SlurmTask? Task
    {
        get => _task;
        set => (_task, Id) = (value, value?.Id ?? Id);
    }

    /// <summary>The task in Slurm's commands, such as <c>123_4</c>; null while nobody knows it.</summary>
    public string? Id { get; private set; }

    /// <summary>When it was first seen to be over, or to be missing, without a file that says how it ended.</summary>
    public DateTime? OverSince { get; set; }

    /// <summary>Times that it was submitted, and got no further.</summary>
    public int Attempts { get; private set; }

    /// <summary>Whether it was killed for its memory.</summary>
    public bool LessMemory { get; set; }

    /// <summary>It was given to the cluster, or found there.</summary>
    public void Submitted(SlurmBatch batch, int index, string? id)
    {
        (Batch, Index, Task, Id, OverSince) = (batch, index, null, id, null);
        Attempts++;
        _progress = Work.Progress();
    }

    /// <summary>It has to be submitted again, or for the first time after all.</summary>
    public void Wait(bool counts)
    {
        Attempts = !counts ? Attempts - 1 : Work.Progress() > _progress ? 0 : Attempts;
        (Batch, Task, OverSince) = (null, null, null);
    }

    public void Complete() => _end.TrySetResult();

    public void Fail(Exception fault) => _end.TrySetException(fault);

    public void Cancel() => _end.TrySetCanceled(cancellationToken);
}

/// <summary>An array job.</summary>
/// <param name="Number">Its number in the ledger.</param>
/// <param name="Name">Its name in Slurm's queue.</param>
/// <param name="Folder">Its folder.</param>
internal sealed record SlurmBatch(int Number, string Name, string Folder)
{
    /// <summary>Tasks that may run at once; null = all.</summary>
    public int? Running { get; init; }

    /// <summary>Whether sbatch did not say that the controller has it: the queue will show it, or not.</summary>
    public bool Unsure { get; set; }
}
