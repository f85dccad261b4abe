namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>What one trial is to do. The names are those of Microsoft.ML.AutoML.</summary>
public sealed record TrialSettings
{
    /// <summary>Number of the trial, from 0. A trial that goes on for more epochs keeps its number.</summary>
    public required int TrialId { get; init; }

    /// <summary>The point of the search space.</summary>
    public required Parameter Parameter { get; init; }

    /// <summary>Seed of the trial's initial weights, order of slices and augmentation; null = the one that the pipeline or the training options have.</summary>
    public long? Seed { get; init; }

    /// <summary>Epochs after which the trial stops for now, counted from its first; null = all that its training options say. A tuner may set it while it proposes. The schedule of the learning rate is that of the whole training either way,
    /// so that a trial that goes on ends with the weights of one that was never stopped.</summary>
    public int? UntilEpoch { get; set; }

    /// <summary>When it began.</summary>
    public DateTime StartedAtUtc { get; init; }

    /// <summary>When it ended; null while it runs.</summary>
    public DateTime? EndedAtUtc { get; init; }

    /// <summary>Gets how far the trial is, from any thread; null = nobody listens.</summary>
    public IProgress<TrialProgress>? Progress { get; init; }
}

/// <summary>How far a running trial is.</summary>
/// <param name="Epoch">Epochs done.</param>
/// <param name="Epochs">Epochs that it is to do in this part.</param>
/// <param name="Dice">Best mean validation Dice so far, 0 to 1; null before the first validation.</param>
/// <param name="Note">What happened beside it, such as a batch that was halved because memory ran out; null for nothing.</param>
public sealed record TrialProgress(int Epoch, int Epochs, double? Dice, string? Note = null);
