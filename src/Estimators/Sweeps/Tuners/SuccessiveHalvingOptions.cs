using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>How a <see cref="SuccessiveHalvingTuner"/> shares out epochs.</summary>
public sealed record SuccessiveHalvingOptions
{
    /// <summary>Epochs of the whole training, which only the best candidates get; at least 1.</summary>
    public required int Epochs { get; init; }

    /// <summary>Of the candidates of a rung the best one in so many goes on, for so many times the epochs; at least 2. Default 3.</summary>
    public int Eta { get; init; } = 3;

    /// <summary>Epochs of the first rung, 1 to <see cref="Epochs"/>. Default null = so many that about one candidate is left for the last rung.</summary>
    public int? FirstEpochs { get; init; }

    /// <summary>How many candidates to draw by chance. Default null = every point of the grid.</summary>
    public int? Candidates { get; init; }

    /// <summary>Values of each range in the grid. Default <see cref="GridSearchTuner.DefaultStep"/>.</summary>
    public int GridStep { get; init; } = GridSearchTuner.DefaultStep;

    /// <summary>Decides the candidates that are drawn by chance. Default null = <see cref="TrainingOptions.DefaultSeed"/>.</summary>
    public long? Seed { get; init; }

    /// <summary>Epochs between validations of the training: every rung ends on one, because a trial without a score cannot be compared. Default 1.</summary>
    public int ValidateEvery { get; init; } = 1;

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Lists every option that is out of range.</exception>
    public void Validate()
    {
        List<string> faults = [];
        Check(Epochs >= 1, nameof(Epochs), Epochs, "at least 1");
        Check(Eta >= 2, nameof(Eta), Eta, "at least 2");
        Check(FirstEpochs is null || (FirstEpochs >= 1 && FirstEpochs <= Math.Max(1, Epochs)), nameof(FirstEpochs), FirstEpochs ?? 0, $"1 to Epochs ({Epochs})");
        Check(Candidates is null or >= 1, nameof(Candidates), Candidates ?? 0, "at least 1");
        Check(GridStep >= 1, nameof(GridStep), GridStep, "at least 1");
        Check(ValidateEvery >= 1, nameof(ValidateEvery), ValidateEvery, "at least 1");
        if (faults.Count > 0)
        {
            throw new ArgumentException($"Successive halving: {string.Join("; ", faults)}.");
        }

        void Check(bool holds, string name, int got, string expected)
        {
            if (!holds)
            {
                faults.Add($"{name} must be {expected}, got {got}");
            }
        }
    }
}
