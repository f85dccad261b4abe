using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace SAMed.MLNet.Cli.Output;

/// <summary>Where a long command tells how far it is; may be called from any thread.</summary>
internal interface IProgressScope
{
    /// <summary>Whether the remaining time is shown anyway, so that a note need not name it.</summary>
    bool ShowsTimeLeft { get; }

    /// <summary>Sets the number of steps done, with a few words on the last one.</summary>
    void Report(double done, string note);

    /// <summary>One more step done.</summary>
    void Advance(string note);
}

/// <summary>A bar that redraws itself.</summary>
internal sealed class LiveProgress(ProgressTask task, string title) : IProgressScope
{
    private readonly Lock _lock = new();

    public bool ShowsTimeLeft => true;

    public void Report(double done, string note)
    {
        lock (_lock)
        {
            Show(note);
            task.Value = done;
        }
    }

    public void Advance(string note)
    {
        lock (_lock)
        {
            Show(note);
            task.Increment(1);
        }
    }

    private void Show(string note) => task.Description = Markup.Escape(PlainText.Escape(note.Length == 0 ? title : $"{title} {note}"));
}

/// <summary>A line at the end, and until then every five seconds, later every minute, so that a log of days stays readable.</summary>
internal sealed class PlainProgress(TextWriter writer, string title, double total) : IProgressScope
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _next = s_shortest;
    private double _done;

    public bool ShowsTimeLeft => false;

    public void Report(double done, string note)
    {
        lock (_lock)
        {
            Show(done, note);
        }
    }

    public void Advance(string note)
    {
        lock (_lock)
        {
            Show(_done + 1, note);
        }
    }

    private void Show(double done, string note)
    {
        var finished = done >= total && _done < total;
        _done = done;
        if (finished || _clock.Elapsed >= _next)
        {
            var elapsed = _clock.Elapsed;
            _next = elapsed + TimeSpan.FromTicks(Math.Clamp(elapsed.Ticks / 20, s_shortest.Ticks, s_longest.Ticks));
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{title} {done:0.#}/{total:0.#} ({_clock.Elapsed.TotalSeconds:0.0} s) {PlainText.Escape(note)}").TrimEnd());
        }
    }
}
