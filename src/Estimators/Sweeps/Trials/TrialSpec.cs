using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Everything that one trial needs to know: the content of the file that <c>samed trial</c> reads. All values of the search space have been put into <see cref="Run"/> already;
/// <see cref="Parameter"/> repeats them for who reads the result.</summary>
public sealed record TrialSpec
{
    /// <summary>Number of the trial, from 0.</summary>
    public required int TrialId { get; init; }

    /// <summary>The point of the search space.</summary>
    public required Parameter Parameter { get; init; }

    /// <summary>The seed, which <see cref="Run"/> has too.</summary>
    public required long Seed { get; init; }

    /// <summary>Epochs after which the trial stops for now, counted from its first; null = all of <see cref="Run"/>'s.</summary>
    public int? UntilEpoch { get; init; }

    /// <summary>What to train on and how. Its Output and Resume do not count: the trial's folder is given with the command, and a trial always goes on where it was.</summary>
    public required TrainingRunOptions Run { get; init; }
}
