namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Why a sweep went no further.</summary>
public enum SweepEnd
{
    /// <summary>Every trial was done or failed.</summary>
    Completed,

    /// <summary>Its time was up; it can be resumed.</summary>
    TimeIsUp,

    /// <summary>It was cancelled; it can be resumed.</summary>
    Interrupted,
}

/// <summary>How a sweep ended.</summary>
public sealed record SweepOutcome
{
    /// <summary>Why it went no further.</summary>
    public required SweepEnd End { get; init; }

    /// <summary>Every trial, in the order of their numbers.</summary>
    public required IReadOnlyList<TrialRecord> Trials { get; init; }

    /// <summary>The completed trial with the highest <see cref="TrialResult.Metric"/>, of equal ones the first; null when none was completed with a metric. It alone keeps its <see cref="TrialResult.Model"/>.</summary>
    public required TrialResult? Best { get; init; }

    /// <summary>The trials that were done, for all their epochs or for as many as were asked of them.</summary>
    public IEnumerable<TrialResult> Results => Trials.Select(trial => trial.Result).OfType<TrialResult>();

    /// <summary>The figures of every point of the space over its seeds.</summary>
    public SweepSummary Summary => SweepSummary.Of(Trials);
}
