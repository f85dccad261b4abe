namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Gives work to a cluster and follows it. Pieces that come together become one array job; one look at Slurm's queue serves them all. What is killed, cancelled from outside or lost is submitted again.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="ledger">Where it is written down what was submitted.</param>
/// <param name="options">How; checked.</param>
/// <param name="program">The program as words.</param>
internal sealed class SlurmQueue(ISlurmCluster cluster, SlurmLedger ledger, SlurmOptions options, IReadOnlyList<string> program) : IDisposable
{
    /// <summary>Calls that belong together come within this time.</summary>
    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(300);

    private readonly object _lock = new();
    private readonly List<SlurmEntry> _arrived = [];
    private readonly List<SlurmEntry> _entries = [];
    private readonly SemaphoreSlim _wake = new(0);
    private readonly SlurmSubmitter _submitter = new(cluster, ledger, options, program);
    private SlurmLimits _limits = new(1000, Accounting: false);
    private Task _loop = Task.CompletedTask;
    private bool _unreachable;

    /// <summary>Finds out whether the cluster takes work, and which of it still runs from before.</summary>
    /// <exception cref="SlurmException">It does not.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        _limits = await cluster.PrepareAsync([.. options.Words()], cancellationToken).ConfigureAwait(false);
        try
        {
            _submitter.Adopt(await cluster.QueueAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (SlurmUnreachableException fault)
        {
            throw new SlurmException($"The controller of the Slurm cluster does not answer ({fault.Message}). Try again when it is up (scontrol ping). Nothing was submitted.", fault);
        }
    }

    /// <summary>Does one piece of work; called again before it has returned.</summary>
    /// <exception cref="SlurmWorkFailedException">It cannot be done.</exception>
    /// <exception cref="SlurmException">The cluster refuses it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, and has saved.</exception>
    public async Task RunAsync(ISlurmWork work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var entry = new SlurmEntry(work, cancellationToken);
        lock (_lock)
        {
            _arrived.Add(entry);
            if (_loop.IsCompleted)
            {
                _loop = Task.Run(FollowAsync, CancellationToken.None);
            }
        }
        _wake.Release();
        using (cancellationToken.Register(() => _wake.Release()))
        {
            await entry.End.ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();

    private async Task FollowAsync()
    {
        try
        {
            var pause = options.PollMin;
            while (await TakeAsync().ConfigureAwait(false))
            {
                await _submitter.SubmitAsync(_entries, _limits).ConfigureAwait(false);
                // Told to stop, tasks are soon done.
                var soon = _entries.Exists(entry => entry.IsCancelled);
                await _wake.WaitAsync(soon ? options.PollMin : pause).ConfigureAwait(false);
                var changed = await PollAsync().ConfigureAwait(false);
                pause = TimeSpan.FromTicks(Math.Clamp(changed ? pause.Ticks / 2 : pause.Ticks * 3 / 2, options.PollMin.Ticks, options.PollMax.Ticks));
                Remove();
            }
        }
        // Whatever it is, it ends the work of all: nobody would follow it any more.
        catch (Exception fault)
        {
            lock (_lock)
            {
                _entries.AddRange(_arrived);
                _arrived.Clear();
                _entries.ForEach(entry => entry.Fail(fault));
                _entries.Clear();
                _loop = Task.CompletedTask;
            }
        }
    }

    /// <summary>Takes over what has arrived, once no more comes.</summary>
    /// <returns>Whether there is anything to follow.</returns>
    private async Task<bool> TakeAsync()
    {
        for (var seen = -1; ; await Task.Delay(s_gather).ConfigureAwait(false))
        {
            lock (_lock)
            {
                if (_arrived.Count == seen || (seen < 0 && _arrived.Count == 0))
                {
                    _entries.AddRange(_arrived);
                    _arrived.Clear();
                    if (_entries.Count == 0)
                    {
                        _loop = Task.CompletedTask; // Under the lock, so that who comes next starts another.
                    }
                    return _entries.Count > 0;
                }
                seen = _arrived.Count;
            }
        }
    }

    private void Remove()
    {
        lock (_lock)
        {
            _entries.RemoveAll(entry => entry.End.IsCompleted);
        }
    }

    /// <returns>Whether anything changed.</returns>
    private async Task<bool> PollAsync()
    {
        // Drained: several reasons to wake are one look.
        while (_wake.Wait(0))
        {
        }
        foreach (var entry in _entries.Where(entry => entry is { IsCancelled: true, Batch: null }))
        {
            entry.Cancel();
        }
        try
        {
            var queue = await cluster.QueueAsync(CancellationToken.None).ConfigureAwait(false);
            _unreachable = false;
            var tasks = _submitter.Own(queue);
            SlurmSubmitter.Settle(_entries, tasks);
            var changed = await new SlurmVerdicts(cluster, options, _limits.Accounting).JudgeAsync([.. _entries.Where(entry => entry.Batch is not null && !entry.End.IsCompleted)], tasks).ConfigureAwait(false);
            await StopAsync().ConfigureAwait(false);
            return changed;
        }
        catch (SlurmUnreachableException fault)
        {
            return Unreachable(fault);
        }
    }

    /// <summary>Without the controller, files alone tell what is done.</summary>
    private bool Unreachable(SlurmUnreachableException fault)
    {
        var open = _entries.Where(entry => !entry.End.IsCompleted).ToArray();
        foreach (var entry in open.Where(entry => entry.Batch is not null))
        {
            if (!_unreachable)
            {
                entry.Work.Note($"the Slurm controller does not answer ({fault.Message}); waiting for it");
            }
            entry.StopSince ??= entry.IsCancelled ? DateTime.UtcNow : null;
            entry.Work.Look();
            if (entry.Work.IsDone())
            {
                entry.Complete();
            }
            else if (entry.IsCancelled && IsOverdue(entry, 1))
            {
                entry.Work.Note("the Slurm controller does not answer, so the job may still run; it is found again when the work is resumed");
                entry.Cancel();
            }
        }
        _unreachable = true;
        return open.Any(entry => entry.End.IsCompleted);
    }

    /// <summary>Tells tasks of cancelled work to save and end, and ends those that do not.</summary>
    private async Task StopAsync()
    {
        var stopping = _entries.Where(entry => entry is { IsCancelled: true, Task.IsOver: false, End.IsCompleted: false }).ToArray();
        // A second signal would end a program that is saving, so each is told once; one that waited for a node may run before it hears of it, so it is told again.
        var tell = stopping.Where(entry => !entry.ToldToStop).ToArray();
        await cluster.CancelAsync([.. tell.Select(entry => entry.Task!)], outright: false, CancellationToken.None).ConfigureAwait(false);
        foreach (var entry in tell)
        {
            entry.StopSince ??= DateTime.UtcNow;
            entry.ToldToStop = entry.Task!.State != "PENDING";
        }
        var overdue = stopping.Where(entry => IsOverdue(entry, 1)).ToArray();
        await cluster.CancelAsync([.. overdue.Select(entry => entry.Task!)], outright: true, CancellationToken.None).ConfigureAwait(false);
        foreach (var entry in overdue.Where(entry => IsOverdue(entry, 2)))
        {
            entry.Work.Note("the job does not end; what it saved is taken up when the work is resumed");
            entry.Cancel();
        }
    }

    private bool IsOverdue(SlurmEntry entry, int times) => entry.StopSince is { } since && DateTime.UtcNow - since > (options.SaveTime * times) + TimeSpan.FromSeconds(30 * (times - 1));
}
