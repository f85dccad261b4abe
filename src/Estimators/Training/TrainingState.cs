namespace SAMed.MLNet.Estimators.Training;

/// <summary>Everything besides weights and optimiser moments that a resumed run needs. Randomness needs no state: it is a function of (seed, epoch, slice).</summary>
internal sealed record TrainingState
{
    /// <summary>Optimiser steps done.</summary>
    public long Step { get; set; }

    /// <summary>Slices of the data it was trained on.</summary>
    public int Slices { get; set; }

    /// <summary>0-based epoch that is running.</summary>
    public int Epoch { get; set; }

    /// <summary>Steps done of that epoch.</summary>
    public int StepInEpoch { get; set; }

    /// <summary>Sum of the total loss over the steps done of that epoch.</summary>
    public double EpochLossSum { get; set; }

    /// <summary>Best mean validation Dice, or null before the first validation.</summary>
    public double? BestDice { get; set; }

    /// <summary>Mean Dice per class 1..C of the best validation; null for a class that no validation case has.</summary>
    public IReadOnlyList<double?>? BestPerClass { get; set; }

    /// <summary>1-based epoch of the best validation.</summary>
    public int BestEpoch { get; set; }

    /// <summary>Validations since the best.</summary>
    public int ValidationsSinceBest { get; set; }

    /// <summary>Whether the run reached its last epoch or stopped early.</summary>
    public bool Finished { get; set; }

    /// <summary>Whether early stopping ended it.</summary>
    public bool StoppedEarly { get; set; }

    /// <summary>Losses of the last step.</summary>
    public StepLosses LastLosses { get; set; }
}
