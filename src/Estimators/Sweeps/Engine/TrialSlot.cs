namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>A trial while the sweep goes on.</summary>
internal sealed class TrialSlot(CandidatePart candidate, TrialSettings settings)
{
    public CandidatePart Candidate { get; } = candidate;

    public TrialSettings Settings { get; set; } = settings;

    public TrialState State { get; set; } = TrialState.Waiting;

    public TrialProgress? Progress { get; set; }

    public TrialResult? Result { get; set; }

    public string? Error { get; set; }

    public TrialRecord ToRecord() => new() { Settings = Settings, Candidate = Candidate.Number, State = State, Progress = Progress, Result = Result, Error = Error };
}

/// <summary>A point of the space while the sweep goes on: one trial per seed, done for so many epochs at a time.</summary>
internal sealed class CandidatePart(int number, Parameter parameter)
{
    public int Number { get; } = number;

    public Parameter Parameter { get; } = parameter;

    /// <summary>The trials, in the order of the seeds.</summary>
    public List<TrialSlot> Trials { get; } = [];

    /// <summary>Epochs that were asked for last; null = all.</summary>
    public int? UntilEpoch { get; set; }

    /// <summary>Trials of this part that are neither done nor failed.</summary>
    public int Open { get; set; }

    /// <summary>Whether the last part is done by every seed.</summary>
    public bool Settled => Open == 0;

    /// <summary>Whether so many epochs are more than were asked for.</summary>
    public bool GoesOnTo(int? until) => UntilEpoch is { } now && (until is null || until > now);

    /// <summary>What the tuner hears: the mean metric of the seeds that were done.</summary>
    public TrialResult Mean()
    {
        TrialResult[] done = [.. Trials.Where(trial => trial.State is TrialState.Done or TrialState.Paused).Select(trial => trial.Result!)];
        double[] metrics = [.. done.Select(result => result.Metric).Where(double.IsFinite)];
        return new()
        {
            TrialSettings = new() { TrialId = Trials[0].Settings.TrialId, Parameter = Parameter, UntilEpoch = UntilEpoch },
            Metric = metrics.Length == 0 ? double.NaN : metrics.Average(),
            DurationInMilliseconds = done.Sum(result => result.DurationInMilliseconds),
            TrainableParameters = done.FirstOrDefault()?.TrainableParameters,
            Epochs = done.FirstOrDefault()?.Epochs,
        };
    }
}
