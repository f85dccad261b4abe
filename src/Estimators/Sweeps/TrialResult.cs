using Microsoft.ML;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>What came of a trial. The names are those of Microsoft.ML.AutoML.</summary>
public sealed record TrialResult
{
    /// <summary>What it did.</summary>
    public required TrialSettings TrialSettings { get; init; }

    /// <summary>What trials are compared by, higher is better: the best mean Dice on the validation cases, 0 to 1. With folds or several seeds their mean; NaN where every one of them failed.</summary>
    public required double Metric { get; init; }

    /// <summary>What a tuner makes small: the negative <see cref="Metric"/>.</summary>
    public double Loss => -Metric;

    /// <summary>Wall-clock time of the trial, all its parts together.</summary>
    public required double DurationInMilliseconds { get; init; }

    /// <summary>The fitted pipeline, the caller's to dispose; null where the trial left files (<see cref="Folder"/>) or is not the best one.</summary>
    public ITransformer? Model { get; init; }

    /// <summary>Where the trial keeps its files; null when it keeps none.</summary>
    public string? Folder { get; init; }

    /// <summary>Numbers that are trained; null when unknown.</summary>
    public long? TrainableParameters { get; init; }

    /// <summary>Epochs done; null when unknown.</summary>
    public int? Epochs { get; init; }

    /// <summary>The 1-based epoch that <see cref="Metric"/> was measured after; null without validation.</summary>
    public int? BestEpoch { get; init; }

    /// <summary>Best validation Dice after each validation: (epoch, Dice), in the order of the epochs.</summary>
    public IReadOnlyList<EpochDice> Curve { get; init; } = [];

    /// <summary>Scores of the best weights on the validation cases in their own geometry; null for a trial that is not at its end, or whose data are no volumes.</summary>
    public TrialScores? Scores { get; init; }

    /// <summary>Whether memory ran out and the trial was done with half the batch and twice the accumulation.</summary>
    public bool HalvedBatch { get; init; }
}

/// <summary>Mean Dice of one validation.</summary>
/// <param name="Epoch">1-based epoch.</param>
/// <param name="Dice">0 to 1.</param>
public sealed record EpochDice(int Epoch, double Dice);

/// <summary>Scores of a trial's best weights on the validation cases, on the original voxel grid, by the strict rule for empty masks.</summary>
/// <param name="Dice">Mean over cases and organs, 0 to 1.</param>
/// <param name="Hd95Mm">The same of HD95, in mm; null where no surface could be measured.</param>
/// <param name="PerClass">The same for each class, in the order of the classes.</param>
public sealed record TrialScores(double? Dice, double? Hd95Mm, IReadOnlyList<ClassScores> PerClass);

/// <summary>Scores of one class.</summary>
/// <param name="Name">The class.</param>
/// <param name="Dice">Mean Dice over the cases, 0 to 1; null where none counts.</param>
/// <param name="Hd95Mm">Mean HD95 in mm; null where none could be measured.</param>
public sealed record ClassScores(string Name, double? Dice, double? Hd95Mm);
