using System.Text;

namespace SAMed.MLNet.Metrics;

/// <summary>A table of text in columns of equal width: the first aligned left, the others right. Lines end in LF, without blanks before it.</summary>
internal sealed class TextTable(params IReadOnlyList<string> head)
{
    private readonly List<IReadOnlyList<string>?> _rows = [head, null];

    /// <summary>Adds a row; cells that are not given are empty.</summary>
    public void Add(params IReadOnlyList<string> cells) => _rows.Add(cells);

    /// <summary>Adds a line from edge to edge.</summary>
    public void AddRule() => _rows.Add(null);

    /// <inheritdoc/>
    public override string ToString()
    {
        int[] widths = [.. head.Select((_, column) => _rows.Max(row => row is not null && column < row.Count ? row[column].Length : 0))];
        var rule = new string('-', widths.Sum() + (2 * (widths.Length - 1)));
        var text = new StringBuilder();
        foreach (var row in _rows)
        {
            var line = row is null ? rule : string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column])));
            text.Append(line.TrimEnd()).Append('\n');
        }
        return text.ToString();
    }
}
