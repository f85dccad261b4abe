using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Cli.Cluster;

/// <summary>The options of a command whose files can be shared out among the tasks of a cluster, and the driver of these tasks: each does the command with <c>--part I/N</c>.</summary>
internal sealed class ShareArguments
{
    private const int DefaultParts = 64;

    private readonly SlurmArguments _slurm;
    private readonly Option<int?> _parts = NumberOption.Whole("--parts", $"With --executor slurm: into how many tasks the files are shared out. Default: one per file, at most {DefaultParts}.", atLeast: 1);
    private readonly Option<string?> _part = new("--part") { Description = "Do the I-th of N shares only: the files I, I+N, I+2N, … of the list. This is what the tasks of --executor slurm do.", HelpName = "I/N" };

    /// <param name="what">What is done locally otherwise, for the help.</param>
    public ShareArguments(string what)
    {
        _slurm = new(what);
        _part.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && Parse(text) is null)
            {
                result.AddError($"--part takes the number of a share and of all shares, such as 3/16; got '{text}'.");
            }
        });
    }

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> Options => [.. _slurm.Options, _parts, _part];

    /// <summary>Whether only a share is done, for a driver that merges.</summary>
    public bool IsShare(CommandContext context) => context.Find(_part) is not null;

    /// <summary>The share of <paramref name="all"/> that is asked for: all of them without <c>--part</c>.</summary>
    public IReadOnlyList<T> Of<T>(CommandContext context, IReadOnlyList<T> all) =>
        context.Find(_part) is { } text && Parse(text) is { } part ? [.. all.Where((_, index) => index % part.Count == part.Number - 1)] : all;

    /// <summary>How to submit; null for this machine.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public SlurmOptions? Slurm(CommandContext context)
    {
        var options = _slurm.Find(context);
        if (options is null && context.Find(_parts) is not null)
        {
            throw new UsageException("--parts is for --executor slurm, which was not given.");
        }
        return options is not null && IsShare(context) ? throw new UsageException("--part is what a task does, and --executor slurm starts the tasks: give one of the two.") : options;
    }

    /// <summary>Does the command on the cluster, a share in each task.</summary>
    /// <param name="context">The command.</param>
    /// <param name="options">How to submit.</param>
    /// <param name="folder">Where jobs are kept; results of shares in it are replaced.</param>
    /// <param name="files">Number of files.</param>
    /// <returns>The JSON files of the shares, in their order.</returns>
    public IReadOnlyList<string> Run(CommandContext context, SlurmOptions options, string folder, int files)
    {
        var count = Math.Min(files, context.Find(_parts) ?? DefaultParts);
        var results = Enumerable.Range(1, count).Select(part => Path.GetFullPath(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"part-{part:0000}.json")))).ToArray();
        Directory.CreateDirectory(folder);
        // What an earlier call left may be of other files or options.
        foreach (var earlier in Directory.EnumerateFiles(folder, "part-*.json"))
        {
            File.Delete(earlier);
        }
        var words = Words(context);
        SlurmShard[] shards = [.. results.Select((result, index) => new SlurmShard(
            string.Create(CultureInfo.InvariantCulture, $"share {index + 1} of {count}"),
            [.. words, "--part", string.Create(CultureInfo.InvariantCulture, $"{index + 1}/{count}"), "--json", result], result))];
        context.Console.Note(string.Create(CultureInfo.InvariantCulture, $"{files} files in {count} tasks; what they print is in {folder}"));
        context.Console.Progress("On the cluster", count, bar =>
            SlurmShards.RunAsync(folder, shards, options, new Listener(context.Console, bar), context.Cancellation).GetAwaiter().GetResult());
        return results;
    }

    /// <summary>The command line without what says where it runs and what the driver writes.</summary>
    private string[] Words(CommandContext context)
    {
        HashSet<string> own = [.. Options.Select(option => option.Name), "--json", "--csv", "--libtorch"];
        return
        [
            CommandRecord.NameOf(context),
            .. context.Parsed.CommandResult.Children.OfType<OptionResult>().Where(result => !result.Implicit && !own.Contains(result.Option.Name))
                .SelectMany(result => result.Tokens.Select(token => token.Value).Prepend(result.Option.Name)),
        ];
    }

    private static (int Number, int Count)? Parse(string text) =>
        text.Split('/') is [var number, var count] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var i) && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            && i >= 1 && i <= n ? (i, n) : null;

    private sealed class Listener(CliConsole console, IProgressScope bar) : IProgress<SlurmShardNews>
    {
        public void Report(SlurmShardNews value)
        {
            if (value.Done)
            {
                bar.Advance(value.Name);
            }
            else if (value.Note is { } note)
            {
                console.Note($"{value.Name}: {note}");
            }
        }
    }
}
