using System.Globalization;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Cli.Training;
using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Cli.Sweeps;

/// <summary>Words and tables for a sweep.</summary>
internal static class SweepText
{
    /// <summary>The table of the points, best first; those that did all their epochs come before those that were stopped.</summary>
    public static void PrintCandidates(CliConsole console, SweepSummary summary)
    {
        var names = Names(summary);
        console.Table([.. names.DefaultIfEmpty("point"), "seeds", "epochs", "validation Dice", "Dice", "HD95 mm", "trained", "seconds"],
            Ranked(summary).Select(candidate => (IReadOnlyList<string>)
            [
                .. names.Select(name => ValueOf(candidate.Parameter, name)).DefaultIfEmpty("all"),
                candidate.Failed == 0 ? Whole(candidate.Done) : $"{candidate.Done} ({candidate.Failed} failed)",
                candidate.Epochs is { } epochs ? $"{epochs}{(candidate.Complete ? "" : " (stopped)")}" : "-",
                Reach(candidate.ValidationDice, "0.0000"), Reach(candidate.Dice, "0.0000"), Reach(candidate.Hd95Mm, "0.00"),
                candidate.TrainableParameters?.ToString("#,0", CultureInfo.InvariantCulture) ?? "-", candidate.Seconds.Mean?.ToString("0.0", CultureInfo.InvariantCulture) ?? "-",
            ]));
        if (summary.Candidates.Any(candidate => candidate.ValidationDice.CiHigh is not null))
        {
            console.Line("Mean over the seeds ± half the 95 % confidence interval (Student's t). Dice and HD95: best weights on the validation cases in their own geometry.");
        }
    }

    /// <summary>Points by their mean validation Dice, complete ones first.</summary>
    public static IEnumerable<CandidateSummary> Ranked(SweepSummary summary) =>
        summary.Candidates.OrderByDescending(candidate => candidate.Complete).ThenByDescending(candidate => candidate.ValidationDice.Mean ?? double.NegativeInfinity).ThenBy(candidate => candidate.Candidate);

    /// <summary>The best setting by its mean over several seeds, in a sentence: the best single trial may have had a lucky seed. Null where no point has two seeds that were done, or there is one point only.</summary>
    public static string? BestPoint(SweepSummary summary) => summary.Candidates.Count > 1 && summary.Candidates.FirstOrDefault(candidate => candidate.Candidate == summary.BestCandidate) is { ValidationDice.N: > 1 } best
        ? string.Create(CultureInfo.InvariantCulture, $"Best setting: {PointOf(best.Parameter)}, mean validation Dice {Reach(best.ValidationDice, "0.0000")} over {best.ValidationDice.N} seeds.")
        : null;

    /// <summary>What is to be said of a sweep whose every result has a validation Dice of 0 or none; null for others.</summary>
    public static string? LearntNothing(SweepOutcome outcome) => outcome.Results.Any() && outcome.Results.All(result => !(result.Metric > 0))
        ? "No trial learnt anything: the validation Dice of every one is 0 or undefined, so the points cannot be compared. Train for more epochs, or look at labels, learning rate and the SAM file."
        : null;

    /// <summary>Names of the parameters, in the space's order.</summary>
    public static string[] Names(SweepSummary summary) => [.. summary.Candidates.SelectMany(candidate => candidate.Parameter.Keys).Distinct()];

    public static string ValueOf(Parameter parameter, string name) => parameter.TryGetValue(name, out var value) ? Parameter.Text(value) : "-";

    public static string Figure(double? value) => value is { } number && double.IsFinite(number) ? number.ToString("0.0000", CultureInfo.InvariantCulture) : "-";

    /// <summary>Mean with the sample standard deviation where there is one.</summary>
    public static string Spread(Summary summary, string format) => (summary.Mean, summary.Std) switch
    {
        (null, _) => "-",
        ({ } mean, null) => mean.ToString(format, CultureInfo.InvariantCulture),
        ({ } mean, { } std) => $"{mean.ToString(format, CultureInfo.InvariantCulture)} ± {std.ToString(format, CultureInfo.InvariantCulture)}",
    };

    /// <summary>Mean with half the 95 % confidence interval where there is one.</summary>
    public static string Reach(Summary summary, string format) => summary is { Mean: { } mean, CiHigh: { } high } ? $"{mean.ToString(format, CultureInfo.InvariantCulture)} ± {(high - mean).ToString(format, CultureInfo.InvariantCulture)}" : Spread(summary, format);

    public static string Interval(Summary summary, string format) => summary is { CiLow: { } low, CiHigh: { } high }
        ? $"{low.ToString(format, CultureInfo.InvariantCulture)}..{high.ToString(format, CultureInfo.InvariantCulture)}"
        : "-";

    /// <summary>A point in one line: <c>rank=4 lr=0.005</c>, or what a point without parameters is.</summary>
    public static string PointOf(Parameter parameter) => parameter.Count == 0 ? "the only point" : parameter.ToString();

    public static string StateOf(BoardRow row) => row.State switch
    {
        TrialState.Running when row.Progress is { } progress => string.Create(CultureInfo.InvariantCulture, $"epoch {progress.Epoch}/{progress.Epochs}"),
        TrialState.Running => "starts",
        TrialState.Paused => string.Create(CultureInfo.InvariantCulture, $"paused at {row.UntilEpoch}"),
        var state => state.ToString().ToLowerInvariant(),
    };

    public static string TimeOf(BoardRow row) => row.TimeLeft is { } left ? $"{TrainingConsole.Duration(left)} left" : row.Took is { } took && row.State is TrialState.Done or TrialState.Paused ? TrainingConsole.Duration(row.Took!.Value) : "";

    private static string Whole(int number) => number.ToString(CultureInfo.InvariantCulture);
}
