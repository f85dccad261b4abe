using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>A cluster through Slurm's own commands: sbatch, squeue, sacct, scancel, scontrol.</summary>
internal sealed partial class SlurmCommands : ISlurmCluster
{
    /// <summary>A controller that is busy may take a minute; one that takes longer does not answer.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    // What Slurm's commands say when another try may succeed: no connection, a controller that is full or starts, limits of jobs in the queue.
    private static readonly string[] s_passing =
    [
        "Unable to contact slurm controller", "Socket timed out", "Connection refused", "Connection timed out", "Zero Bytes were transmitted", "temporarily", "Transport endpoint",
        "standby mode", "being recovered", "JobLimit", "SubmitJob", "AuthInfo", "Munge", "munge", "Communication connection failure", "Unexpected message received", "Message receive failure", "Header lengths",
    ];

    /// <inheritdoc/>
    public async Task<SlurmLimits> PrepareAsync(IReadOnlyList<string> options, CancellationToken cancellationToken)
    {
        await RunAsync("sbatch", ["--version"], cancellationToken).ConfigureAwait(false);
        var configuration = await RunAsync("scontrol", ["show", "config"], cancellationToken).ConfigureAwait(false);
        if (configuration.ExitCode != 0)
        {
            throw new SlurmException($"The controller of the Slurm cluster does not answer ({configuration.Said}). Is this a machine of the cluster, and is the cluster up (scontrol ping)? " +
                "Nothing was submitted; use another --executor, or try again when it is up.");
        }
        await TryAsync(options, cancellationToken).ConfigureAwait(false);
        return new(
            int.TryParse(ArraySize().Match(configuration.Output).Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 1 ? size - 1 : 1000,
            configuration.Output.Contains("accounting_storage/slurmdbd", StringComparison.Ordinal));
    }

    /// <summary>Whether the cluster takes jobs with these options.</summary>
    private static async Task TryAsync(IReadOnlyList<string> options, CancellationToken cancellationToken)
    {
        string[] probe = ["--job-name=samed-test", "--array=0-0", "--output=/dev/null", .. options, "--wrap=true"];
        var test = await RunAsync("sbatch", ["--test-only", .. probe], cancellationToken).ConfigureAwait(false);
        if (test.ExitCode == 0)
        {
            return;
        }
        // A test fails too where every node is drained or down now, which a job would wait out: a job that would begin much later, and is taken back, tells. (One that is held is taken whatever it asks for.)
        var later = await RunAsync("sbatch", ["--parsable", "--begin=now+1hour", .. probe], cancellationToken).ConfigureAwait(false);
        if (later.ExitCode == 0 && JobNumber().Match(later.Output) is { Success: true } job)
        {
            await RunAsync("scancel", ["--quiet", job.Groups[1].Value], CancellationToken.None).ConfigureAwait(false);
        }
        else if (!IsPassing(later))
        {
            throw new SlurmException($"The Slurm cluster refuses jobs with these options: sbatch {string.Join(' ', options)}: {later.Said}. Correct them (sinfo lists partitions and their resources). Nothing was submitted.");
        }
    }

    /// <inheritdoc/>
    public async Task<string> SubmitAsync(SlurmSubmission submission, CancellationToken cancellationToken)
    {
        var running = submission.Running is { } most ? FormattableString.Invariant($"%{most}") : "";
        var result = await RunAsync("sbatch",
        [
            "--parsable", $"--job-name={submission.Name}", FormattableString.Invariant($"--array=0-{submission.Tasks - 1}{running}"), $"--output={submission.Output}", "--open-mode=append", "--requeue",
            .. submission.Options, submission.Script,
        ], cancellationToken).ConfigureAwait(false);
        if (result.ExitCode == 0 && JobNumber().Match(result.Output) is { Success: true } job)
        {
            return job.Groups[1].Value;
        }
        throw IsPassing(result)
            ? new SlurmUnreachableException(result.Said)
            : new SlurmException($"sbatch refuses the job {submission.Script}: {result.Said}");
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SlurmTask>> QueueAsync(CancellationToken cancellationToken)
    {
        var result = await RunAsync("squeue", ["--noheader", "--array", "--me", "--states=all", "--format=%F|%K|%T|%r|%j"], cancellationToken).ConfigureAwait(false);
        return result.ExitCode == 0 ? [.. result.Output.Split('\n').Select(Parse).OfType<SlurmTask>()] : throw new SlurmUnreachableException(result.Said);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, string>> HistoryAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var result = await RunAsync("sacct", ["--noheader", "--parsable2", "--allocations", "--format=JobID,State", "--jobs=" + string.Join(',', ids)], cancellationToken).ConfigureAwait(false);
        // Accounting that does not answer is no accounting: files tell what became of the tasks. "CANCELLED by 1000" is one word too many.
        return result.ExitCode != 0 ? new Dictionary<string, string>() : result.Output.Split('\n').Select(line => line.Trim().Split('|')).Where(words => words.Length == 2)
            .GroupBy(words => words[0]).ToDictionary(group => group.Key, group => group.Last()[1].Split(' ')[0], StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public async Task CancelAsync(IReadOnlyList<SlurmTask> tasks, bool outright, CancellationToken cancellationToken)
    {
        var running = outright ? [] : tasks.Where(task => task.State != "PENDING").ToArray();
        // Signalled in place of cancelled, they may save for longer than the cluster's KillWait.
        await Cancel(["--batch", "--signal=TERM"], running).ConfigureAwait(false);
        await Cancel([], [.. tasks.Except(running)]).ConfigureAwait(false);

        async Task Cancel(string[] how, IReadOnlyList<SlurmTask> which)
        {
            if (which.Count == 0)
            {
                return;
            }
            var result = await RunAsync("scancel", ["--quiet", .. how, .. which.Select(task => task.Id)], cancellationToken).ConfigureAwait(false);
            if (result.ExitCode != 0 && IsPassing(result))
            {
                throw new SlurmUnreachableException(result.Said);
            }
        }
    }

    /// <summary>One line of squeue; null for what is no array task.</summary>
    internal static SlurmTask? Parse(string line) =>
        line.Trim().Split('|', 5) is [var job, var index, var state, var reason, var name] && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new(job, number, name, state, reason)
            : null;

    /// <summary>Whether what a command said may be otherwise at another try.</summary>
    internal static bool IsPassing(CommandResult result) => s_passing.Any(word => result.Said.Contains(word, StringComparison.Ordinal));

    private static async Task<CommandResult> RunAsync(string command, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command, words) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["LC_ALL"] = "C";
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_patience);
        using var process = Start(start);
        process.StandardInput.Close();
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(timeout.Token), process.StandardError.ReadToEndAsync(timeout.Token));
            await process.WaitForExitAsync(timeout.Token).ConfigureAwait(false);
            return new(process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            return new(-1, "", $"{command} does not answer within {s_patience.TotalSeconds:0} s: Socket timed out");
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception fault)
        {
            throw new SlurmException($"The command {start.FileName} cannot be started ({fault.Message}). Work is given to a cluster from a machine that has Slurm's commands on its PATH, such as a login node; " +
                "there, or with another --executor, it can be done.", fault);
        }
    }

    [GeneratedRegex(@"MaxArraySize\s*=\s*(\d+)")]
    private static partial Regex ArraySize();

    // "123", or "123;cluster".
    [GeneratedRegex(@"^(\d+)(;\S+)?\s*$", RegexOptions.Multiline)]
    private static partial Regex JobNumber();
}

/// <summary>What came of a command.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>What it said about itself, on one line.</summary>
    public string Said => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } lines
        ? string.Join(' ', lines)
        : FormattableString.Invariant($"exit code {ExitCode}");
}
