using System.Security.Cryptography;
using System.Text;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>One share of a command's work.</summary>
/// <param name="Name">What it is called in messages, such as <c>share 3 of 16</c>.</param>
/// <param name="Arguments">The command of <c>samed</c> that does it, with all its arguments.</param>
/// <param name="Result">The file that the command writes last, whole or not at all: where it is, the share is done.</param>
public sealed record SlurmShard(string Name, IReadOnlyList<string> Arguments, string Result);

/// <summary>What happened to a share.</summary>
/// <param name="Name">The share.</param>
/// <param name="Done">Whether it is done.</param>
/// <param name="Note">What happened otherwise; null for nothing.</param>
public sealed record SlurmShardNews(string Name, bool Done, string? Note);

/// <summary>Does shares of a command's work on a Slurm cluster, as <see cref="SlurmTrialRunner"/> does trials: as tasks of one array job, and again what is lost.</summary>
public static class SlurmShards
{
    /// <summary>Does all shares; a share that cannot be done does not stop the others.</summary>
    /// <param name="folder">Where scripts and what tasks print are kept, shared with the nodes.</param>
    /// <param name="shards">The shares.</param>
    /// <param name="options">How to submit.</param>
    /// <param name="listener">Hears of shares, from any thread; null for nobody.</param>
    /// <param name="cancellationToken">Cancels the tasks and waits for their end.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="SlurmException">Slurm's commands are missing, the controller does not answer or refuses the job; or shares could not be done: says which and why.</exception>
    /// <exception cref="FileNotFoundException">There is no <c>samed</c> program.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Task RunAsync(
        string folder, IReadOnlyList<SlurmShard> shards, SlurmOptions options, IProgress<SlurmShardNews>? listener = null, CancellationToken cancellationToken = default) =>
        RunAsync(folder, shards, options, listener, new SlurmCommands(), cancellationToken);

    internal static async Task RunAsync(
        string folder, IReadOnlyList<SlurmShard> shards, SlurmOptions options, IProgress<SlurmShardNews>? listener, ISlurmCluster cluster, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(shards);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        using var queue = new SlurmQueue(cluster, new SlurmLedger(folder), options, (options.Program ?? SamedProgram.Find()).Words);
        await queue.PrepareAsync(cancellationToken).ConfigureAwait(false);
        var faults = await Task.WhenAll(shards.Select(async shard =>
        {
            try
            {
                await queue.RunAsync(new Work(shard, options.LibTorch, listener), cancellationToken).ConfigureAwait(false);
                listener?.Report(new(shard.Name, Done: true, null));
                return null;
            }
            catch (SlurmWorkFailedException fault)
            {
                return fault.Message;
            }
        })).ConfigureAwait(false);
        if (faults.OfType<string>().ToArray() is { Length: > 0 } said)
        {
            throw new SlurmException($"{said.Length} of {shards.Count} shares could not be done: {string.Join(Environment.NewLine, said)}");
        }
    }

    private sealed class Work(SlurmShard shard, string? libTorch, IProgress<SlurmShardNews>? listener) : ISlurmWork
    {
        // Another command's share is other work, whatever its name.
        public string Key { get; } = $"{shard.Name} {Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', shard.Arguments))))[..16]}";

        public string Name => shard.Name;

        // A share that ran out of memory has nothing that could be halved here.
        public IReadOnlyList<string> Words(bool lessMemory) => [.. shard.Arguments, .. libTorch is null ? [] : new[] { "--libtorch", Path.GetFullPath(libTorch) }];

        public bool IsDone() => File.Exists(shard.Result);

        public string? Failure() => null;

        public long Progress() => 0;

        public void Look()
        {
        }

        public void Note(string text) => listener?.Report(new(shard.Name, Done: false, text));
    }
}
