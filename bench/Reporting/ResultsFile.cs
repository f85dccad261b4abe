using System.Text;

namespace SAMed.MLNet.Bench.Reporting;

/// <summary>The table of a whole run as Markdown, which has its name only when the run has come to its end: what is unfinished or failed never replaces an earlier table.</summary>
internal sealed class ResultsFile(string folder, string name)
{
    /// <summary>Where the table lies until then.</summary>
    public string Unfinished { get; } = Path.Combine(folder, name + "-unfinished.md");

    /// <summary>The file of a run; null for a quick one that was not told where it goes.</summary>
    public static ResultsFile? For(BenchOptions options)
    {
        if (options.Results is null && options.Quick)
        {
            return null;
        }
        return new(options.Results ?? (Machine.SourceRoot() is { } root ? Path.Combine(root, "bench", "results") : "."), NameFor(options, Machine.Today()));
    }

    /// <summary>The name of a run's file without its ending. A run that measures something else than the day's table, or less, has another one.</summary>
    public static string NameFor(BenchOptions options, string day) => string.Join('-', new[]
    {
        day,
        options.IsGpu ? "gpu" : "cpu",
        options.IsWhole ? null : options.ModelName,
        options.Batches is { } batches ? "batches-" + string.Join('-', batches) : null,
        options.Repetitions is { } repetitions ? Numbers.Text($"repetitions-{repetitions}") : null,
        options.Quick ? "quick" : null,
    }.OfType<string>());

    /// <summary>Writes what there is so far.</summary>
    public void Write(string text)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Unfinished, text);
    }

    /// <summary>Gives the table its name, which is returned.</summary>
    public string Finish()
    {
        var path = Path.Combine(folder, name + ".md");
        File.Move(Unfinished, path, overwrite: true);
        return path;
    }

    /// <summary>The whole file.</summary>
    public static string Text(string command, bool isGpu, IReadOnlyList<(string Name, string Value)> facts, IReadOnlyList<SectionLines> sections)
    {
        var text = new StringBuilder();
        text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"# Measured on {Machine.Today()}, {(isGpu ? "GPU" : "CPU")}").AppendLine();
        text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"    {command}").AppendLine();
        text.AppendLine("| | |").AppendLine("|---|---|");
        foreach (var (name, value) in facts)
        {
            text.AppendLine(Row(name, value));
        }
        text.AppendLine().AppendLine("Figures are medians, with minimum and maximum where there are more runs than one; what is compared ran in turn, round after round.");
        var goals = sections.SelectMany(section => section.Lines).Select(line => line.Goal?.IsMet).OfType<bool>().ToArray();
        text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"{goals.Count(met => met)} of {goals.Length} targets are met.");
        foreach (var section in sections)
        {
            AppendSection(text, section);
        }
        return text.ToString();
    }

    private static void AppendSection(StringBuilder text, SectionLines section)
    {
        text.AppendLine().Append("## ").AppendLine(section.Title).AppendLine();
        if (section.Lines.Count > 0)
        {
            text.AppendLine("| What | Measured | Against | Ratio | Target | Met |").AppendLine("|---|---|---|---:|---:|---|");
        }
        foreach (var line in section.Lines)
        {
            var met = line.Goal?.IsMet switch { true => "yes", false => "**no**", null => "" };
            text.AppendLine(Row(line.What, line.Measured, line.Against, line.Goal?.ValueText ?? "", line.Goal?.LimitText ?? "", met));
        }
        if (section.Failure is { } failure)
        {
            text.AppendLine().Append("Failed: ").AppendLine(failure);
        }
    }

    private static string Row(params string[] cells) => $"| {string.Join(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |";
}
