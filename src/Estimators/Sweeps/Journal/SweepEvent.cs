namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>What can happen in a sweep.</summary>
public enum SweepEventKind
{
    /// <summary>The sweep began.</summary>
    Started,

    /// <summary>The sweep went on.</summary>
    Resumed,

    /// <summary>A trial began, or went on.</summary>
    TrialStarted,

    /// <summary>A trial told something beside its figures.</summary>
    TrialNote,

    /// <summary>A trial did the epochs that were asked of it.</summary>
    TrialCompleted,

    /// <summary>A trial could not be done.</summary>
    TrialFailed,

    /// <summary>A trial was stopped with the sweep.</summary>
    TrialInterrupted,

    /// <summary>The sweep went no further.</summary>
    Ended,
}

/// <summary>One record of <c>trials.jsonl</c>.</summary>
public sealed record SweepEvent
{
    /// <summary>When it happened. Default: now.</summary>
    public DateTime TimeUtc { get; init; } = DateTime.UtcNow;

    /// <summary>What happened.</summary>
    public required SweepEventKind Event { get; init; }

    /// <summary>Number of the trial; null when it happened to the sweep.</summary>
    public int? Trial { get; init; }

    /// <summary>The trial's point; null when it happened to the sweep.</summary>
    public Parameter? Parameter { get; init; }

    /// <summary>The trial's seed; null when it has none of its own.</summary>
    public long? Seed { get; init; }

    /// <summary>Epochs that were asked of the trial; null = all.</summary>
    public int? UntilEpoch { get; init; }

    /// <summary>What came of the trial; null unless it completed.</summary>
    public TrialResult? Result { get; init; }

    /// <summary>Why the trial failed; null unless it did.</summary>
    public string? Error { get; init; }

    /// <summary>What was told; null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Something that happened to a trial.</summary>
    public static SweepEvent Of(SweepEventKind kind, TrialSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new() { Event = kind, Trial = settings.TrialId, Parameter = settings.Parameter, Seed = settings.Seed, UntilEpoch = settings.UntilEpoch };
    }
}
