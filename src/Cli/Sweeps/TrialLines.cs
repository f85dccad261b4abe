using System.Globalization;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Cli.Training;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Cli.Sweeps;

/// <summary>A sweep in plain lines: each trial when it begins, after validations, and when it ends.</summary>
internal sealed class TrialLines(CliConsole console, SweepBoard board) : IMonitor
{
    public void ReportRunningTrial(TrialSettings settings) => console.Note($"{Name(settings)}: {(settings.UntilEpoch is { } epoch ? string.Create(CultureInfo.InvariantCulture, $"runs to epoch {epoch}") : "runs")}");

    public void ReportProgress(TrialSettings settings, TrialProgress progress)
    {
        if (progress.Note is { } note)
        {
            console.Note($"{Name(settings)}: {note}");
            return;
        }
        if (progress.Epoch == 0)
        {
            return; // It has only just begun.
        }
        console.Note(string.Create(CultureInfo.InvariantCulture, $"{Name(settings)}: epoch {progress.Epoch}/{progress.Epochs}{(progress.Dice is { } dice ? $"  Dice so far {dice:0.0000}" : "")}"));
    }

    public void ReportCompletedTrial(TrialResult result) => console.Note(string.Create(CultureInfo.InvariantCulture,
        $"{Name(result.TrialSettings)}: {(result.TrialSettings.UntilEpoch is null ? "done" : "paused")}, validation Dice {SweepText.Figure(result.Metric)}{(result.HalvedBatch ? " (with half the batch: memory ran out)" : "")}; {board.Done}{(board.Total is { } total ? $" of {total}" : "")} done, {board.Failed} failed{TimeLeft()}"));

    public void ReportBestTrial(TrialResult result) => console.Note(string.Create(CultureInfo.InvariantCulture, $"{Name(result.TrialSettings)}: best so far"));

    public void ReportFailTrial(TrialSettings settings, Exception exception) => console.Warn($"{Name(settings)} failed: {exception.Message}");

    private static string Name(TrialSettings settings) => string.Create(CultureInfo.InvariantCulture,
        $"trial {settings.TrialId} ({settings.Parameter}{(settings.Parameter.Count > 0 ? " " : "")}seed={settings.Seed})");

    private string TimeLeft() => board.TimeLeft() is { } left ? $", about {TrainingConsole.Duration(left)} left" : "";
}
