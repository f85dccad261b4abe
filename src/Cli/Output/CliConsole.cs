using Spectre.Console;
using SAMed.MLNet.Cli.Hosting;

namespace SAMed.MLNet.Cli.Output;

/// <summary>Results go to standard output, warnings and progress to standard error. Terminals get colour (unless NO_COLOR is set) and live
/// progress; files and pipes get plain lines. Names that come from files are shown with their control characters escaped.</summary>
internal sealed class CliConsole
{
    private const int PlainWidth = 160;
    private readonly CliHost _host;
    private readonly IAnsiConsole _output;
    private readonly IAnsiConsole _error;

    public CliConsole(CliHost host)
    {
        _host = host;
        _output = Create(host.Output, host.OutputIsTerminal, host.Variable);
        _error = Create(host.Error, host.ErrorIsTerminal, host.Variable);
    }

    /// <summary>One plain line of the result.</summary>
    public void Line(string text = "") => _host.Output.WriteLine(PlainText.Escape(text));

    /// <summary>A line that stands out on a terminal.</summary>
    public void Heading(string text) => _output.WriteLine(PlainText.Escape(text), new Style(decoration: Decoration.Bold));

    /// <summary>A line on standard error that starts with "warning:".</summary>
    public void Warn(string text) => _error.WriteLine($"warning: {PlainText.Escape(text)}", new Style(Color.Yellow));

    /// <summary>A line on standard error that is no result and no warning.</summary>
    public void Note(string text)
    {
        text = PlainText.Escape(text);
        if (_host.ErrorIsTerminal)
        {
            _error.WriteLine(text); // Above a live bar, which the writer itself would tear.
        }
        else
        {
            _host.Error.WriteLine(text); // Not wrapped.
        }
    }

    /// <summary>A table; the first column is left-aligned, the others hold numbers unless <paramref name="text"/>.</summary>
    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, bool text = false)
    {
        var table = new Table { Border = _host.OutputIsTerminal ? TableBorder.Rounded : TableBorder.Markdown };
        for (var column = 0; column < columns.Count; column++)
        {
            var heading = new TableColumn(Markup.Escape(PlainText.Escape(columns[column]))) { NoWrap = !text };
            table.AddColumn(column == 0 || text ? heading : heading.RightAligned());
        }
        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(cell => new Text(PlainText.Escape(cell)))]);
        }
        _output.Write(table);
    }

    /// <summary>Runs <paramref name="work"/> under a progress bar of <paramref name="total"/> steps, or under plain lines where standard error is no terminal.</summary>
    public void Progress(string title, double total, Action<IProgressScope> work)
    {
        if (!_host.ErrorIsTerminal)
        {
            work(new PlainProgress(_host.Error, title, total));
            return;
        }
        _error.Progress().AutoClear(true).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new LiveProgress(context.AddTask(Markup.Escape(title), maxValue: total), title)));
    }

    /// <summary>Runs <paramref name="work"/> while what <paramref name="render"/> makes of the window's height is drawn again and again; false, and nothing is done, where standard error is no terminal.</summary>
    public bool Live(Func<int, Spectre.Console.Rendering.IRenderable> render, Action work)
    {
        if (!_host.ErrorIsTerminal)
        {
            return false;
        }
        _error.Live(render(_error.Profile.Height)).AutoClear(true).Start(context =>
        {
            using var timer = new Timer(_ => context.UpdateTarget(render(_error.Profile.Height)), null, TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(500));
            work();
            using var stopped = new ManualResetEvent(false);
            if (timer.Dispose(stopped))
            {
                stopped.WaitOne(); // A picture that is being drawn is finished.
            }
        });
        return true;
    }

    private static IAnsiConsole Create(TextWriter writer, bool terminal, Func<string, string?> variable)
    {
        var colour = terminal && string.IsNullOrEmpty(variable("NO_COLOR"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = colour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!terminal)
        {
            console.Profile.Width = PlainWidth;
        }
        return console;
    }
}
