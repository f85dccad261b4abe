using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Globalization;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Estimators.Records;

namespace SAMed.MLNet.Cli.Output;

/// <summary>The <c>run.json</c> of a command that leaves a folder of results.</summary>
internal static class CommandRecord
{
    /// <summary>Hashes what the command line names and <paramref name="others"/>. Call it before the work for files that somebody may replace during it: weights, lists, tables.</summary>
    public static IReadOnlyList<HashedFile> Hash(CommandContext context, IEnumerable<string?> others) =>
        HashedFile.OfAll(CommandFiles.NamedBy(context).Concat(others.OfType<string>().Select(Path.GetFullPath)), cancellationToken: context.Cancellation);

    /// <summary>Hashes <paramref name="inputs"/> and writes the record into <paramref name="folder"/>: the command line's options, given or by default, and what is said here.
    /// Call it last, when the work is done.</summary>
    /// <param name="context">The command.</param>
    /// <param name="folder">The folder of results.</param>
    /// <param name="inputs">Every file that was read: data, lists, tables, checkpoints. Absolute paths are recorded. Those that the command line names are added.</param>
    /// <param name="device">Where tensors were computed; null where none were.</param>
    /// <param name="seed">Seed of what was drawn; null where nothing was.</param>
    /// <param name="hashed">What <see cref="Hash"/> said before the work; null to hash now.</param>
    /// <param name="effective">What came of the options; null where they say it all.</param>
    /// <returns>The path of the file.</returns>
    public static string Write(CommandContext context, string folder, IEnumerable<string> inputs, string? device = null, long? seed = null, IReadOnlyList<HashedFile>? hashed = null, object? effective = null)
    {
        hashed ??= Hash(context, []);
        var known = hashed.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var rest = HashedFile.OfAll(inputs.Select(Path.GetFullPath).Where(path => !known.Contains(path.Replace('\\', '/'))), cancellationToken: context.Cancellation);
        return Write(context, folder, [.. hashed.Concat(rest).OrderBy(file => file.Path, StringComparer.Ordinal)], device, seed, effective);
    }

    /// <summary>The same for files that have been hashed already.</summary>
    public static string Write(CommandContext context, string folder, IReadOnlyList<HashedFile> inputs, string? device = null, long? seed = null, object? effective = null) => new RunRecord
    {
        Command = NameOf(context),
        Options = OptionsOf(context),
        Effective = effective,
        Files = inputs,
        Seed = seed,
        Device = device,
        Started = context.Started,
        Seconds = context.Elapsed.TotalSeconds,
    }.Write(folder);

    /// <summary>Where a record may be written in <paramref name="folder"/>.</summary>
    public static IEnumerable<string> PathsIn(CommandContext context, string folder) => RunRecord.NamesOf(NameOf(context)).Select(name => Path.Combine(folder, name));

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

    /// <summary>Every option with its value, numbers as numbers, anything else as text (several words: a list), in the order of the help; those that were not given have their default or null.</summary>
    public static Dictionary<string, object?> OptionsOf(CommandContext context)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var option in context.Parsed.CommandResult.Command.Options.Where(option => option is not HelpOption))
        {
            values[option.Name.TrimStart('-')] = context.Parsed.GetResult(option) is { Implicit: false } given
                ? Words([.. given.Tokens.Select(token => ValueOf(option, token.Value))])
                : option.HasDefaultValue ? option.GetDefaultValue() : null;
        }
        return values;

        static object Words(object[] words) => words switch { [] => true, [var only] => only, _ => words };
    }

    private static object ValueOf(Option option, string word)
    {
        var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        return type == typeof(bool) && bool.TryParse(word, out var truth) ? truth
            : (type == typeof(int) || type == typeof(long)) && long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
            : (type == typeof(double) || type == typeof(float)) && double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) ? real
            : word;
    }
}
