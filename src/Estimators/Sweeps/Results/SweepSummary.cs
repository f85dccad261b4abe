using System.Text.Json;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>A trial that failed.</summary>
/// <param name="Trial">Its number.</param>
/// <param name="Parameter">Its point.</param>
/// <param name="Seed">Its seed; null when it has none of its own.</param>
/// <param name="Error">Why.</param>
public sealed record TrialFailure(int Trial, Parameter Parameter, long? Seed, string Error);

/// <summary>The figures of a sweep: the content of <c>summary.json</c>.</summary>
public sealed record SweepSummary
{
    /// <summary>Every point of the space that was tried, in the order of their numbers.</summary>
    public required IReadOnlyList<CandidateSummary> Candidates { get; init; }

    /// <summary>Number of the point with the highest mean validation Dice over its seeds, of equal ones the first; among those that did all their epochs where there are such. Null when none has a figure.</summary>
    public required int? BestCandidate { get; init; }

    /// <summary>Number of the trial with the highest validation Dice, of equal ones the first: the best model. Null when none has a figure.</summary>
    public required int? BestTrial { get; init; }

    /// <summary>The trials that failed.</summary>
    public required IReadOnlyList<TrialFailure> Failures { get; init; }

    /// <summary>The figures of <paramref name="trials"/>, which are in the order of their numbers.</summary>
    public static SweepSummary Of(IReadOnlyList<TrialRecord> trials)
    {
        CandidateSummary[] candidates = [.. trials.GroupBy(trial => trial.Candidate).Select(group => CandidateSummary.Of(group.Key, [.. group]))];
        CandidateSummary[] complete = [.. candidates.Where(candidate => candidate is { Complete: true, ValidationDice.Mean: not null })];
        return new()
        {
            Candidates = candidates,
            BestCandidate = (complete.Length > 0 ? complete : candidates).Where(candidate => candidate.ValidationDice.Mean is not null).MaxBy(candidate => candidate.ValidationDice.Mean)?.Candidate,
            BestTrial = trials.Where(trial => trial is { Result: { } result } && double.IsFinite(result.Metric)).MaxBy(trial => trial.Result!.Metric)?.Settings.TrialId,
            Failures = [.. trials.Where(trial => trial.State == TrialState.Failed).Select(trial => new TrialFailure(trial.Settings.TrialId, trial.Settings.Parameter, trial.Settings.Seed, trial.Error ?? ""))],
        };
    }

    /// <summary>As indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SweepJson.File) + "\n";
}
