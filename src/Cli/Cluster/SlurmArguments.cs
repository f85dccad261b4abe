using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Sweeps;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Cli.Cluster;

/// <summary>The options that say whether work goes to a Slurm cluster, and how. What is not given is left to the cluster.</summary>
internal sealed class SlurmArguments
{
    private readonly ChoiceOption<bool> _executor;
    private readonly Option<string?> _partition = new("--partition") { Description = "With --executor slurm: the partition.", HelpName = "NAME" };
    private readonly Option<string?> _gres = new("--gres") { Description = "With --executor slurm: generic resources of one task, such as gpu:1. Default: none, so that tasks compute on the CPU.", HelpName = "GRES" };
    private readonly Option<string?> _account = new("--account") { Description = "With --executor slurm: the account that is charged.", HelpName = "NAME" };
    private readonly DurationOption _jobTime = new("--job-time", "With --executor slurm: longest time of one task (sbatch --time), which goes on in another job when it is over.");
    private readonly Option<int?> _cpus = NumberOption.Whole("--cpus-per-task", "With --executor slurm: processors of one task, and threads of its tensor operations.", atLeast: 1);
    private readonly Option<string?> _memory = new("--mem") { Description = "With --executor slurm: memory of one task, such as 32G.", HelpName = "SIZE" };
    private readonly Option<int?> _maxRunning = NumberOption.Whole("--max-running", "With --executor slurm: tasks that run at once. Default: as many as the cluster lets run.", atLeast: 1);
    private readonly Option<string[]> _more = new("--sbatch") { Description = "With --executor slurm: another argument for sbatch, as --sbatch=--exclude=node7; may be repeated.", HelpName = "ARGUMENT" };

    /// <param name="what">What is done locally otherwise, for the help.</param>
    public SlurmArguments(string what) =>
        _executor = new("--executor", $"Where {what}: on this machine, or as array jobs of a Slurm cluster, whose nodes must see the data, the output folder and this program under the same paths.", ("local", false), ("slurm", true));

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> Options => [_executor, .. OfJobs];

    private Option[] OfJobs => [_partition, _gres, _account, _jobTime, _cpus, _memory, _maxRunning, _more];

    /// <summary>How to submit; null for this machine.</summary>
    /// <exception cref="UsageException">Options of jobs are given without <c>--executor slurm</c>.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public SlurmOptions? Find(CommandContext context)
    {
        if (!_executor.ValueOf(context.Parsed))
        {
            return OfJobs.FirstOrDefault(option => context.Parsed.GetResult(option) is { Implicit: false }) is { } stray
                ? throw new UsageException($"{stray.Name} is for --executor slurm, which was not given.")
                : null;
        }
        var options = new SlurmOptions
        {
            Partition = context.Find(_partition), Gres = context.Find(_gres), Account = context.Find(_account), TimeLimit = _jobTime.Find(context), CpusPerTask = context.Find(_cpus),
            Memory = context.Find(_memory), MaxRunning = context.Find(_maxRunning), ExtraArguments = context.Find(_more) ?? [], LibTorch = context.LibTorchFolder,
        };
        options.Validate();
        return options;
    }
}
