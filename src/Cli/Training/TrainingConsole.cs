using System.Globalization;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Cli.Training;

/// <summary>Shows a training run: notes before it, a live bar (or plain lines) while it goes on, a line per validation.</summary>
internal sealed class TrainingConsole(CliConsole console, IProgressScope? bar = null) : ITrainingObserver
{
    /// <summary>Steps are known only once the data is read, so the bar counts per cent.</summary>
    public const double BarTotal = 100;

    public void Note(string text) => console.Note(text);

    public void Warn(string text) => console.Warn(text);

    public void Reading(int done, int total) => bar?.Report(0, string.Create(CultureInfo.InvariantCulture, $"reading {done}/{total}"));

    public void Report(TrainingProgress value)
    {
        if (value.ValidationDice is { } dice)
        {
            console.Note(string.Create(CultureInfo.InvariantCulture,
                $"epoch {value.Epoch}/{value.Epochs}  loss {value.Losses.Total:0.0000}  validation Dice {dice:0.0000}{(value.IsBest ? "  best" : "")}"));
            return;
        }
        var note = string.Create(CultureInfo.InvariantCulture, $"epoch {value.Epoch}/{value.Epochs} loss {value.Losses.Total:0.0000} {value.ImagesPerSecond:0.0} images/s");
        bar?.Report(BarTotal * value.Step / value.TotalSteps, bar.ShowsTimeLeft ? note : $"{note}, {Duration(value.TimeLeft)} left");
    }

    /// <summary>For instance <c>1:02:03</c> or <c>2:03</c>.</summary>
    public static string Duration(TimeSpan time) =>
        time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");
}
