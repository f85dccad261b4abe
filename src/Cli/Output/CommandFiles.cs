using System.CommandLine;
using System.CommandLine.Parsing;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Cli.Output;

/// <summary>The files that a command line names, and the rule that no result replaces one of them.</summary>
internal static class CommandFiles
{
    /// <summary>Options that say where results go.</summary>
    private static readonly HashSet<string> s_results = new(StringComparer.Ordinal) { "--output", "--json", "--csv", "--save-logits", "--save-probabilities" };

    /// <summary>Every file that is there and that the command line gives to an option that reads one: checkpoints, lists, tables, architectures, volumes. Full paths; no pipes or devices, which can be read once only.</summary>
    public static IReadOnlyList<string> NamedBy(CommandContext context) =>
        [.. context.Parsed.CommandResult.Children.OfType<OptionResult>().Where(result => !s_results.Contains(result.Option.Name)).SelectMany(result => FilesOf(result.Option, result))
            .Select(Path.GetFullPath).Distinct(FilePath.Comparer)];

    /// <summary>Refuses result files that would replace an input, one of the command's own results, or each other. Call it before the work.</summary>
    /// <param name="context">The command; the files that its options name are inputs.</param>
    /// <param name="outputs">Each option with its path; null: not given.</param>
    /// <param name="inputs">The other files that are read: data, what is found without being named.</param>
    /// <param name="own">Files and folders that the command writes without being told their names.</param>
    /// <exception cref="UsageException">Two of the paths are one file.</exception>
    public static void RefuseClash(CommandContext context, IEnumerable<(string Option, string? Path)> outputs, IEnumerable<string?> inputs, IEnumerable<string>? own = null) =>
        ResultFile.RefuseClash(outputs, NamedBy(context).Concat(inputs.OfType<string>()), own);

    // What the help calls a file may also be a word that it lists, synapse for instance: that is no file, whatever lies in the working folder.
    private static IEnumerable<string> FilesOf(Option option, OptionResult result) =>
        option.HelpName is { } help && (help.Contains("FILE", StringComparison.Ordinal) || help.Contains("DIR", StringComparison.Ordinal))
            ? result.Tokens.Select(token => token.Value).Where(word => !help.Split('|').Contains(word, StringComparer.Ordinal) && File.Exists(word) && !FilePath.IsSpecial(FilePath.Resolve(word)))
            : [];
}
