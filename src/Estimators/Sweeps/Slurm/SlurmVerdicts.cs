using System.Globalization;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Tells of each task whether it goes on, is done, cannot be done, or has to be submitted again. What its files say counts; Slurm's word for its state says only why there are none.</summary>
internal sealed class SlurmVerdicts(ISlurmCluster cluster, SlurmOptions options, bool accounting)
{
    /// <summary>Looks at every task once.</summary>
    /// <returns>Whether anything changed.</returns>
    public async Task<bool> JudgeAsync(IReadOnlyList<SlurmEntry> entries, IReadOnlyDictionary<(string Name, int Index), SlurmTask> tasks)
    {
        var changed = false;
        List<SlurmEntry> lost = [];
        foreach (var entry in entries)
        {
            var task = tasks.GetValueOrDefault((entry.Batch!.Name, entry.Index));
            changed |= task?.State != entry.Task?.State;
            entry.Task = task;
            if (task is { IsOver: false, IsStuck: false })
            {
                entry.OverSince = null;
                entry.Work.Look();
            }
            else if (IsLost(entry, task))
            {
                lost.Add(entry);
            }
            changed |= entry.End.IsCompleted;
        }
        await AgainAsync(lost).ConfigureAwait(false);
        return changed || lost.Count > 0;
    }

    /// <summary>Whether a task that is over has done nothing that counts; otherwise its work has ended now, or its files are waited for.</summary>
    private bool IsLost(SlurmEntry entry, SlurmTask? task)
    {
        var (work, exit) = (entry.Work, SlurmScript.ExitOf(entry.Batch!.Folder, entry.Index));
        if (work.IsDone())
        {
            entry.Complete();
            return false;
        }
        if (entry.IsCancelled)
        {
            // One that the controller does not name, just submitted, may be there at the next look.
            if (task is { IsOver: true } || IsOld(entry))
            {
                entry.Cancel();
            }
            return false;
        }
        var failure = exit == 1 ? work.Failure() : null;
        var mustHaveWritten = task is null || (exit is null && task.State is "COMPLETED" or "FAILED") || exit == 0 || (exit == 1 && failure is null);
        if (mustHaveWritten && !IsOld(entry))
        {
            return false;
        }
        if (exit is 1 or 2 or 126 or 127)
        {
            entry.Fail(new SlurmWorkFailedException(failure ?? $"{work.Name}: {Ended(entry, task?.State, exit)}. {Tail(entry)}"));
            return false;
        }
        return true;
    }

    /// <summary>Whether what it wrote would have been seen by now.</summary>
    private bool IsOld(SlurmEntry entry) => DateTime.UtcNow - (entry.OverSince ??= DateTime.UtcNow) > options.FileGrace;

    private async Task AgainAsync(IReadOnlyList<SlurmEntry> lost)
    {
        var unknown = lost.Where(entry => entry is { Task: null, Id: not null }).Select(entry => entry.Id!).ToArray();
        var history = accounting && unknown.Length > 0 ? await cluster.HistoryAsync(unknown, CancellationToken.None).ConfigureAwait(false) : new Dictionary<string, string>();
        // What only an administrator could let go on is taken back first.
        await cluster.CancelAsync([.. lost.Where(entry => entry.Task is { IsStuck: true }).Select(entry => entry.Task!)], outright: true, CancellationToken.None).ConfigureAwait(false);
        foreach (var entry in lost)
        {
            var state = entry.Task?.State ?? (entry.Id is { } id ? history.GetValueOrDefault(id) : null);
            Again(entry, state, Ended(entry, state, SlurmScript.ExitOf(entry.Batch!.Folder, entry.Index)));
        }
    }

    private void Again(SlurmEntry entry, string? state, string how)
    {
        var tail = Tail(entry);
        var (shortOfMemory, again) = (state == "OUT_OF_MEMORY", entry.LessMemory);
        entry.LessMemory |= shortOfMemory;
        entry.Wait(counts: true);
        if ((shortOfMemory && again) || entry.Attempts >= options.MaxAttempts)
        {
            entry.Fail(new SlurmWorkFailedException(shortOfMemory && again
                ? $"{entry.Work.Name}: {how}, with half the batch too. Give tasks more memory (sbatch --mem), or smaller batches. {tail}"
                : string.Create(CultureInfo.InvariantCulture, $"{entry.Work.Name}: {how}, after {entry.Attempts} attempts that got no further, so it is given up. {tail}")));
            return;
        }
        entry.Work.Note($"{how}; it is submitted again{(shortOfMemory ? " with half the batch" : "")}");
    }

    private static string Ended(SlurmEntry entry, string? state, int? exit) => string.Create(CultureInfo.InvariantCulture,
        $"its Slurm job {entry.Id ?? entry.Batch!.Name} ended{(state is null ? " and is no longer known" : $" as {(entry.Task is { IsStuck: true } ? "one that the node could not launch" : state)}")}{(exit is null ? "" : $" with exit code {exit}")}");

    private static string Tail(SlurmEntry entry) => SlurmScript.TailOf(entry.Batch!.Folder, entry.Index) is { Length: > 0 } tail
        ? $"It printed last: {tail}"
        : $"It left no {Path.Combine(entry.Batch!.Folder, string.Create(CultureInfo.InvariantCulture, $"{entry.Index}.log"))}: is the folder shared with the nodes?";
}
