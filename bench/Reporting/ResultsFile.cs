using System.Text;

namespace SAMed.MLNet.Bench.Reporting;

/// <summary>The table of a whole run as Markdown.</summary>
internal static class ResultsFile
{
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

    /// <summary>The name that a run's file has.</summary>
    public static string NameFor(bool isGpu) => $"{Machine.Today()}-{(isGpu ? "gpu" : "cpu")}.md";

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
