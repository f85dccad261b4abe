using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Makes array jobs of work that waits, and knows again in Slurm's queue what it submitted, in this call of the program or in one before.</summary>
internal sealed class SlurmSubmitter(ISlurmCluster cluster, SlurmLedger ledger, SlurmOptions options, IReadOnlyList<string> program)
{
    // Slurm's queue is all users' and all sweeps': the folder tells them apart.
    private readonly string _prefix = $"samed-{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(ledger.Folder)))[..8]}-";
    private readonly Dictionary<string, (SlurmBatch Batch, int Index)> _adoptable = new(StringComparer.Ordinal);

    /// <summary>Those of the tasks that were submitted from this folder, by the name of the job and the index.</summary>
    public IReadOnlyDictionary<(string Name, int Index), SlurmTask> Own(IReadOnlyList<SlurmTask> queue) =>
        queue.Where(task => task.Name.StartsWith(_prefix, StringComparison.Ordinal)).GroupBy(task => (task.Name, task.Index)).ToDictionary(group => group.Key, group => group.Last());

    /// <summary>Remembers what still runs from an earlier call, to follow it in place of submitting it again.</summary>
    public void Adopt(IReadOnlyList<SlurmTask> queue)
    {
        var alive = Own(queue);
        foreach (var (key, (name, number, index)) in ledger.Places)
        {
            if (alive.TryGetValue((name, index), out var task) && !task.IsOver)
            {
                _adoptable[key] = (new(number, name, ledger.FolderOf(number)), index);
            }
        }
    }

    /// <summary>Submits what waits, as far as it may.</summary>
    public async Task SubmitAsync(IReadOnlyList<SlurmEntry> entries, SlurmLimits limits)
    {
        foreach (var entry in entries.Where(IsWaiting))
        {
            if (entry.Work.IsDone())
            {
                entry.Complete();
            }
            else if (_adoptable.Remove(entry.Work.Key, out var place))
            {
                entry.Submitted(place.Batch, place.Index, null);
                entry.Work.Note($"still in the queue as task {place.Index} of {place.Batch.Name}");
            }
        }
        // In their own order, whichever call came first.
        while (entries.Where(IsWaiting).OrderBy(entry => entry.Work.Key, StringComparer.Ordinal).Take(Math.Min(limits.MaxArraySize, options.MaxQueued - InFlight(entries).Length)).ToArray() is { Length: > 0 } next)
        {
            var free = Free(entries);
            if (free == 0 || !await SubmitAsync(next, free).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    /// <summary>What sbatch did not say for certain the queue tells: work of jobs that are not there waits again.</summary>
    public static void Settle(IReadOnlyList<SlurmEntry> entries, IReadOnlyDictionary<(string Name, int Index), SlurmTask> tasks)
    {
        foreach (var group in InFlight(entries).Where(entry => entry.Batch!.Unsure).GroupBy(entry => entry.Batch!).ToArray())
        {
            group.Key.Unsure = false;
            if (tasks.Keys.Any(key => key.Name == group.Key.Name))
            {
                continue;
            }
            foreach (var entry in group)
            {
                entry.Wait(counts: false);
            }
            Directory.Delete(group.Key.Folder, recursive: true);
        }
    }

    private static bool IsWaiting(SlurmEntry entry) => entry is { Batch: null, IsCancelled: false, End.IsCompleted: false };

    private static SlurmEntry[] InFlight(IReadOnlyList<SlurmEntry> entries) => [.. entries.Where(entry => entry is { Batch: not null, End.IsCompleted: false })];

    /// <summary>Tasks that may run beside those that do or may; null = any number.</summary>
    private int? Free(IReadOnlyList<SlurmEntry> entries) => options.MaxRunning is { } most
        ? Math.Max(0, most - InFlight(entries).GroupBy(entry => entry.Batch!).Sum(group => Math.Min(group.Key.Running ?? most, group.Count())))
        : null;

    /// <returns>Whether the cluster took it.</returns>
    private async Task<bool> SubmitAsync(SlurmEntry[] entries, int? running)
    {
        var number = ledger.Begin(NameOf, [.. entries.Select(entry => entry.Work.Key)]);
        var batch = new SlurmBatch(number, NameOf(number), ledger.FolderOf(number)) { Running = running };
        string? job = null;
        try
        {
            var script = Path.Combine(batch.Folder, "job.sh");
            AtomicFile.WriteText(Path.Combine(batch.Folder, "tasks.txt"), SlurmScript.List(entries.Select(entry => (IReadOnlyList<string>)[.. program, .. entry.Work.Words(entry.LessMemory)])));
            AtomicFile.WriteText(script, SlurmScript.Of(batch.Folder));
            job = await cluster.SubmitAsync(new(batch.Name, entries.Length, running, script, SlurmScript.OutputOf(batch.Folder), [.. options.Words()]), CancellationToken.None).ConfigureAwait(false);
            ledger.Submitted(number, job);
        }
        catch (SlurmUnreachableException fault)
        {
            batch.Unsure = true;
            entries[0].Work.Note($"the cluster takes no jobs now ({fault.Message}); trying again");
        }
        for (var index = 0; index < entries.Length; index++)
        {
            var id = job is null ? null : string.Create(CultureInfo.InvariantCulture, $"{job}_{index}");
            entries[index].Submitted(batch, index, id);
            if (id is not null)
            {
                entries[index].Work.Note($"submitted as Slurm job {id}");
            }
        }
        return !batch.Unsure;
    }

    private string NameOf(int batch) => string.Create(CultureInfo.InvariantCulture, $"{_prefix}{batch:0000}");
}
