using System.Globalization;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Cli.Training;
using SAMed.MLNet.Estimators.Sweeps;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SAMed.MLNet.Cli.Sweeps;

/// <summary>The table of a running sweep on a terminal: those trials that run, then the latest others, as many as the window has room for.</summary>
internal static class LiveSweep
{
    /// <summary>What is needed beside the rows: borders, heading, caption, a line that stays free.</summary>
    private const int OtherLines = 8;

    public static IRenderable Render(SweepBoard board, int height)
    {
        var rows = board.Rows();
        var shown = Choose(rows, Math.Max(3, height - OtherLines));
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var (name, right) in new[] { ("trial", true), ("parameters", false), ("seed", true), ("state", false), ("Dice so far", true), ("time", true), ("", false) })
        {
            var column = new TableColumn(name) { NoWrap = true };
            table.AddColumn(right ? column.RightAligned() : column);
        }
        foreach (var row in shown)
        {
            var style = row.IsBest ? new Style(Color.Green) : row.State == TrialState.Failed ? new Style(Color.Red) : Style.Plain;
            table.AddRow([.. Cells(row).Select(cell => new Text(PlainText.Escape(cell), style) { Overflow = Overflow.Ellipsis })]);
        }
        return new Rows(table, new Text(Caption(board, rows, shown.Count)));
    }

    /// <summary>The rows to show, in the order of the trials' numbers.</summary>
    internal static IReadOnlyList<BoardRow> Choose(IReadOnlyList<BoardRow> rows, int room) =>
        [.. rows.OrderByDescending(row => row.State == TrialState.Running).ThenByDescending(row => row.IsBest).ThenByDescending(row => row.Trial).Take(room).OrderBy(row => row.Trial)];

    internal static string[] Cells(BoardRow row) =>
    [
        row.Trial.ToString(CultureInfo.InvariantCulture), row.Parameter.ToString(), row.Seed?.ToString(CultureInfo.InvariantCulture) ?? "", SweepText.StateOf(row), SweepText.Figure(row.Dice), SweepText.TimeOf(row),
        row.IsBest ? $"best {row.Note}".TrimEnd() : FirstLine(row.Note ?? ""),
    ];

    internal static string Caption(SweepBoard board, IReadOnlyList<BoardRow> rows, int shown)
    {
        var hidden = rows.Count - shown;
        return string.Create(CultureInfo.InvariantCulture, $"{board.Done}{(board.Total is { } total ? $" of {total}" : "")} done, {board.Failed} failed, {rows.Count(row => row.State == TrialState.Running)} running") +
            (board.TimeLeft() is { } left ? $"; about {TrainingConsole.Duration(left)} left" : "") + (hidden > 0 ? $"; {hidden} not shown" : "") + ". Ctrl+C saves and stops.";
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0] is var line && line.Length > 60 ? line[..59] + "…" : line;
}
