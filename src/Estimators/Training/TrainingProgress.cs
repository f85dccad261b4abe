namespace SAMed.MLNet.Estimators.Training;

/// <summary>Where training stands after an optimiser step, or after a validation.</summary>
public sealed record TrainingProgress
{
    /// <summary>Optimiser steps done.</summary>
    public required long Step { get; init; }

    /// <summary>Optimiser steps of the whole run.</summary>
    public required long TotalSteps { get; init; }

    /// <summary>1-based epoch.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs of the whole run.</summary>
    public required int Epochs { get; init; }

    /// <summary>Losses of this step.</summary>
    public required StepLosses Losses { get; init; }

    /// <summary>The learning rate that this step used.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Slices per second since training (re)started, validation not counted.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Estimated time to the end of the last epoch.</summary>
    public required TimeSpan TimeLeft { get; init; }

    /// <summary>Mean Dice over the organs on the validation cases, when this report follows a validation.</summary>
    public double? ValidationDice { get; init; }

    /// <summary>Whether that validation was the best so far.</summary>
    public bool IsBest { get; init; }
}

/// <summary>Losses of one optimiser step.</summary>
/// <param name="Total">(1 − w)·CrossEntropy + w·Dice; with the focal loss (1 − w)·Focal + w·Dice.</param>
/// <param name="CrossEntropy">Mean over all pixels.</param>
/// <param name="Dice">1 − soft Dice, mean over the classes with background.</param>
public readonly record struct StepLosses(double Total, double CrossEntropy, double Dice)
{
    /// <summary>The focal loss, where it is trained with; else null.</summary>
    public double? Focal { get; init; }
}

/// <summary>How a training run ended.</summary>
public sealed record TrainingResult
{
    /// <summary>Optimiser steps done.</summary>
    public required long Steps { get; init; }

    /// <summary>Epochs done.</summary>
    public required int Epochs { get; init; }

    /// <summary>Whether a cancellation ended the run before its last epoch; its state is saved and can be resumed.</summary>
    public required bool Interrupted { get; init; }

    /// <summary>Whether the run stopped after the epoch that it was asked to stop after, before its end; its state is saved and can be resumed. Default false.</summary>
    public bool Paused { get; init; }

    /// <summary>Whether early stopping ended it.</summary>
    public required bool StoppedEarly { get; init; }

    /// <summary>Best mean Dice on the validation cases and its 1-based epoch; null without validation.</summary>
    public required (double Dice, int Epoch)? Best { get; init; }

    /// <summary>Mean Dice per class 1..C of that validation, null for a class that no validation case has; null without validation.</summary>
    public IReadOnlyList<double?>? BestPerClass { get; init; }

    /// <summary>Losses of the last step.</summary>
    public required StepLosses LastLosses { get; init; }

    /// <summary>Wall-clock time of this call.</summary>
    public required TimeSpan Elapsed { get; init; }
}

/// <summary>The loss or a weight is no longer a finite number.</summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Divergence at optimiser step <paramref name="step"/> (0-based).</summary>
    public TrainingDivergedException(long step, double learningRate, string what)
        : base(FormattableString.Invariant(
            $"Training diverged at step {step + 1} (learning rate {learningRate:g4}): {what}. What was saved before stays as it was. Try a lower learning rate (--lr), a longer warm-up (--warmup), or check the intensities of the images."))
    {
        Step = step;
    }

    /// <summary>0-based optimiser step.</summary>
    public long Step { get; }
}
