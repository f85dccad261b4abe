using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Estimators;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Cli.Sweeps;

/// <summary>What a sweep leaves for people: <c>plots/</c> as PNG and SVG, and <c>sweep.html</c>, which needs no other file.</summary>
internal static class SweepReport
{
    /// <summary>The page.</summary>
    public const string HtmlName = "sweep.html";

    /// <summary>Files and folders that a sweep writes into <paramref name="output"/>.</summary>
    public static IReadOnlyList<string> ResultsIn(string output) =>
        [.. new[] { SweepFolder.DefinitionName, SweepJournal.FileName, "trials.csv", SweepFolder.SummaryName, HtmlName, "run.json", "trials", "plots", "best" }.Select(name => Path.Combine(output, name))];

    /// <summary>Writes plots and page.</summary>
    public static void Write(string output, TrainingSweep sweep, SweepOutcome outcome, BestModel? best)
    {
        var figures = SweepPlots.Of(outcome);
        foreach (var figure in figures)
        {
            figure.Save(Path.Combine(output, "plots"));
        }
        ResultFile.WriteText(Path.Combine(output, HtmlName), SweepHtml.Page(sweep, outcome, best, figures));
    }

    /// <summary>The figures for <c>--json</c>.</summary>
    public static object Figures(SweepOutcome outcome, BestModel? best) => new
    {
        version = ProductVersion.Text,
        outcome.End,
        outcome.Summary.BestTrial, outcome.Summary.BestCandidate,
        best = best is null ? null : new { lora = best.LoraFile, sam = best.SamFile },
        outcome.Summary.Candidates,
        trials = outcome.Trials.Select(trial => new
        {
            trial = trial.Settings.TrialId, trial.Candidate, trial.Settings.Parameter, trial.Settings.Seed, trial.State, trial.Error, metric = trial.Result?.Metric, trial.Result?.Epochs, trial.Result?.BestEpoch,
            trial.Result?.Scores, trial.Result?.TrainableParameters, seconds = trial.Result?.DurationInMilliseconds / 1000, trial.Result?.HalvedBatch,
        }),
    };
}
