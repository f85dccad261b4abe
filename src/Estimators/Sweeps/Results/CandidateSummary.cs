using SAMed.MLNet.Estimators.Evaluation;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>One point of the space over its seeds: mean, sample standard deviation and the 95 % confidence interval of the mean by Student's t, which needs two seeds that were done.
/// The best epoch is chosen on the validation cases, so the figures compare points; they are no estimate for new patients.</summary>
public sealed record CandidateSummary
{
    /// <summary>Number of the point, from 0.</summary>
    public required int Candidate { get; init; }

    /// <summary>The point.</summary>
    public required Parameter Parameter { get; init; }

    /// <summary>Numbers of its trials.</summary>
    public required IReadOnlyList<int> Trials { get; init; }

    /// <summary>Trials that were done, for all their epochs or for as many as were asked of them.</summary>
    public required int Done { get; init; }

    /// <summary>Trials that failed.</summary>
    public required int Failed { get; init; }

    /// <summary>Whether every trial that did not fail did all its epochs.</summary>
    public required bool Complete { get; init; }

    /// <summary>Fewest epochs that a trial did; null when none was done.</summary>
    public required int? Epochs { get; init; }

    /// <summary>Best mean validation Dice, 0 to 1: what points are compared by.</summary>
    public required Summary ValidationDice { get; init; }

    /// <summary>Mean Dice of the best weights on the validation cases in their own geometry, 0 to 1.</summary>
    public required Summary Dice { get; init; }

    /// <summary>Mean HD95 of the best weights in mm.</summary>
    public required Summary Hd95Mm { get; init; }

    /// <summary>Numbers that are trained; null when unknown.</summary>
    public required long? TrainableParameters { get; init; }

    /// <summary>Wall-clock seconds of a trial.</summary>
    public required Summary Seconds { get; init; }

    internal static CandidateSummary Of(int candidate, IReadOnlyList<TrialRecord> trials)
    {
        TrialResult[] done = [.. trials.Where(trial => trial.State != TrialState.Failed).Select(trial => trial.Result).OfType<TrialResult>()];
        return new()
        {
            Candidate = candidate,
            Parameter = trials[0].Settings.Parameter,
            Trials = [.. trials.Select(trial => trial.Settings.TrialId)],
            Done = done.Length,
            Failed = trials.Count(trial => trial.State == TrialState.Failed),
            Complete = done.Length > 0 && trials.All(trial => trial.State is TrialState.Done or TrialState.Failed),
            Epochs = done.Min(result => result.Epochs),
            ValidationDice = FoldSummary.Of(done.Select(result => double.IsFinite(result.Metric) ? result.Metric : (double?)null)),
            Dice = FoldSummary.Of(done.Select(result => result.Scores?.Dice)),
            Hd95Mm = FoldSummary.Of(done.Select(result => result.Scores?.Hd95Mm)),
            TrainableParameters = done.FirstOrDefault()?.TrainableParameters,
            Seconds = FoldSummary.Of(done.Select(result => (double?)(result.DurationInMilliseconds / 1000))),
        };
    }
}
