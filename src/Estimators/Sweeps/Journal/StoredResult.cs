namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>A <see cref="TrialResult"/> as files hold it. Where the trial's folder is, is known to who reads it.</summary>
internal sealed record StoredResult
{
    public required int TrialId { get; init; }

    public required Parameter Parameter { get; init; }

    public long? Seed { get; init; }

    public int? UntilEpoch { get; init; }

    public DateTime StartedAtUtc { get; init; }

    public DateTime? EndedAtUtc { get; init; }

    public required double Metric { get; init; }

    public required double DurationInMilliseconds { get; init; }

    public long? TrainableParameters { get; init; }

    public int? Epochs { get; init; }

    public int? BestEpoch { get; init; }

    public IReadOnlyList<EpochDice> Curve { get; init; } = [];

    public TrialScores? Scores { get; init; }

    public bool HalvedBatch { get; init; }

    public static StoredResult Of(TrialResult result) => new()
    {
        TrialId = result.TrialSettings.TrialId,
        Parameter = result.TrialSettings.Parameter,
        Seed = result.TrialSettings.Seed,
        UntilEpoch = result.TrialSettings.UntilEpoch,
        StartedAtUtc = result.TrialSettings.StartedAtUtc,
        EndedAtUtc = result.TrialSettings.EndedAtUtc,
        Metric = result.Metric,
        DurationInMilliseconds = result.DurationInMilliseconds,
        TrainableParameters = result.TrainableParameters,
        Epochs = result.Epochs,
        BestEpoch = result.BestEpoch,
        Curve = result.Curve,
        Scores = result.Scores,
        HalvedBatch = result.HalvedBatch,
    };

    public TrialResult ToResult() => new()
    {
        TrialSettings = new() { TrialId = TrialId, Parameter = Parameter, Seed = Seed, UntilEpoch = UntilEpoch, StartedAtUtc = StartedAtUtc, EndedAtUtc = EndedAtUtc },
        Metric = Metric,
        DurationInMilliseconds = DurationInMilliseconds,
        TrainableParameters = TrainableParameters,
        Epochs = Epochs,
        BestEpoch = BestEpoch,
        Curve = Curve,
        Scores = Scores,
        HalvedBatch = HalvedBatch,
    };
}
