namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Where a trial of a sweep stands.</summary>
public enum TrialState
{
    /// <summary>It has a number and has not begun.</summary>
    Waiting,

    /// <summary>It is under way.</summary>
    Running,

    /// <summary>It did the epochs that were asked of it and may go on for more.</summary>
    Paused,

    /// <summary>It did all its epochs.</summary>
    Done,

    /// <summary>It could not be done.</summary>
    Failed,

    /// <summary>It was stopped with the sweep, and goes on from its checkpoint when the sweep does.</summary>
    Interrupted,
}

/// <summary>One trial as the sweep knows it: a row of its table.</summary>
public sealed record TrialRecord
{
    /// <summary>What it does, or did last.</summary>
    public required TrialSettings Settings { get; init; }

    /// <summary>Number of the point of the search space, from 0, in the order in which points were proposed. Trials of one point differ in their seeds.</summary>
    public required int Candidate { get; init; }

    /// <summary>Where it stands.</summary>
    public required TrialState State { get; init; }

    /// <summary>How far it is, as it said last; null before it said anything.</summary>
    public TrialProgress? Progress { get; init; }

    /// <summary>What came of its last part that was done; null when none was.</summary>
    public TrialResult? Result { get; init; }

    /// <summary>Why it failed; null when it did not.</summary>
    public string? Error { get; init; }
}
