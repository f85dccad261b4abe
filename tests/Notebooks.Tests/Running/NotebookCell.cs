using System.Text.Json.Nodes;

namespace SAMed.MLNet.Notebooks.Tests.Running;

/// <summary>One code cell: its place among the notebook's code cells from 1, its text, and the outputs that the file holds.</summary>
internal sealed record NotebookCell(int Number, string Source, JsonArray Outputs)
{
    /// <summary>The first line that says something, to find the cell by.</summary>
    public string FirstLine => Source.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0) ?? "(empty)";

    /// <summary>What a C# compiler takes: magic commands and package references become empty lines, so that line numbers stay.</summary>
    public string Code => string.Join('\n', Source.Split('\n').Select(line => IsDirective(line.TrimStart()) ? "" : line));

    private static bool IsDirective(string line) =>
        line.StartsWith("#!", StringComparison.Ordinal) || line.StartsWith("#r \"nuget:", StringComparison.Ordinal);
}
