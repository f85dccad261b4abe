using System.CommandLine;
using System.Globalization;
using SAMed.MLNet.Cli.Cluster;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Cli.Sweeps;

/// <summary>The options that say where trials run.</summary>
internal sealed class ExecutorArguments
{
    private readonly Option<int?> _parallel = NumberOption.Whole("--parallel", "Worker processes at once on this machine; on the CPU they share its threads. Default: one per GPU of --devices, else the trials run one after the other in this process.", atLeast: 1);
    private readonly Option<string?> _devices = new("--devices") { Description = "GPUs that worker processes run on, one each unless --parallel says more, for instance 0,1,2,3. Default: --device.", HelpName = "N,N,..." };

    private readonly SlurmArguments _slurm = new("trials run");

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> Options => [_parallel, _devices, .. _slurm.Options];

    /// <summary>The runner of a sweep in <paramref name="folder"/>; the caller disposes it.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    /// <exception cref="ArgumentException">A device has no such name.</exception>
    public ITrialRunner Create(CommandContext context, string folder, Func<TrialSettings, TrialSpec> specOf)
    {
        if (_slurm.Find(context) is { } cluster)
        {
            return new SlurmTrialRunner(folder, specOf, cluster);
        }
        var devices = context.Find(_devices)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return context.Find(_parallel) is null && devices is null
            ? new InProcessTrialRunner(folder, specOf)
            : new WorkerPoolTrialRunner(folder, specOf, new() { Parallel = context.Find(_parallel) ?? 1, Devices = devices, LibTorch = context.LibTorchFolder });
    }

    /// <summary>How many trials run at once, in words, and at most how many.</summary>
    public (string Words, int Most) AtOnce(CommandContext context, ITrialRunner runner) => _slurm.Find(context) switch
    {
        null => (string.Create(CultureInfo.InvariantCulture, $"{runner.MaxParallel} at a time"), runner.MaxParallel),
        { MaxRunning: { } most } => (string.Create(CultureInfo.InvariantCulture, $"{most} at a time at most on the cluster"), Math.Min(most, runner.MaxParallel)),
        _ => ("as many at a time as the cluster runs", runner.MaxParallel),
    };

    /// <summary>Refuses options that do not go together.</summary>
    public void Check(CommandContext context, string device)
    {
        if (_slurm.Find(context) is not null && (context.Find(_parallel) is not null || context.Find(_devices) is not null))
        {
            throw new UsageException("--parallel and --devices are for --executor local; on a cluster --max-running limits the tasks and --gres asks for GPUs.");
        }
        if (context.Find(_devices) is not null && device != "auto")
        {
            throw new UsageException("--device is where all trials compute and --devices names the GPUs that they are spread over: give one of the two.");
        }
    }
}
