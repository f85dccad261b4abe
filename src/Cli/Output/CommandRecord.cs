using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Estimators.Records;

namespace SAMed.MLNet.Cli.Output;

/// <summary>The <c>run.json</c> of a command that leaves a folder of results.</summary>
internal static class CommandRecord
{
    /// <summary>Hashes <paramref name="inputs"/> and writes the record into <paramref name="folder"/>: the command line's options, given or by default, and what is said here.
    /// Call it last, when the work is done.</summary>
    /// <param name="context">The command.</param>
    /// <param name="folder">The folder of results.</param>
    /// <param name="inputs">Every file that was read: data, lists, tables, checkpoints. Absolute paths are recorded.</param>
    /// <param name="device">Where tensors were computed; null where none were.</param>
    /// <param name="seed">Seed of what was drawn; null where nothing was.</param>
    /// <returns>The path of the file.</returns>
    public static string Write(CommandContext context, string folder, IEnumerable<string> inputs, string? device = null, long? seed = null) =>
        Write(context, folder, HashedFile.OfAll(inputs.Select(Path.GetFullPath), cancellationToken: context.Cancellation), device, seed);

    /// <summary>The same for files that have been hashed already.</summary>
    public static string Write(CommandContext context, string folder, IReadOnlyList<HashedFile> inputs, string? device = null, long? seed = null) => new RunRecord
    {
        Command = NameOf(context),
        Options = OptionsOf(context),
        Files = inputs,
        Seed = seed,
        Device = device,
        Started = context.Started,
        Seconds = context.Elapsed.TotalSeconds,
    }.Write(folder);

    /// <summary>The command's name with those of the commands that it belongs to: <c>predict</c>, <c>reproduce synapse</c>.</summary>
    public static string NameOf(CommandContext context)
    {
        List<string> names = [];
        for (var result = context.Parsed.CommandResult; result is { Command: not RootCommand }; result = result.Parent as CommandResult)
        {
            names.Insert(0, result.Command.Name);
        }
        return string.Join(' ', names);
    }

    /// <summary>Every option with its value as text (several words: a list), in the order of the help; those that were not given have their default or null.</summary>
    public static Dictionary<string, object?> OptionsOf(CommandContext context)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var option in context.Parsed.CommandResult.Command.Options.Where(option => option is not HelpOption))
        {
            values[option.Name.TrimStart('-')] = context.Parsed.GetResult(option) is { Implicit: false } given
                ? Words([.. given.Tokens.Select(token => token.Value)])
                : option.HasDefaultValue ? option.GetDefaultValue() : null;
        }
        return values;

        static object Words(string[] words) => words switch { [] => true, [var only] => only, _ => words };
    }
}
