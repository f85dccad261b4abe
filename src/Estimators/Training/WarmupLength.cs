namespace SAMed.MLNet.Estimators.Training;

/// <summary>The published warm-up of 250 steps is made for 14,880 of them. A short run ends within it and looks like a network that does not learn.</summary>
internal static class WarmupLength
{
    /// <summary>Warns of a run that ends before the warm-up does.</summary>
    /// <param name="options">How it is trained.</param>
    /// <param name="slices">Slices that it is trained on.</param>
    /// <param name="observer">Gets the warning.</param>
    public static void Check(TrainingOptions options, int slices, ITrainingObserver observer)
    {
        var perStep = options.BatchSize * options.AccumulationSteps;
        var steps = (long)options.Epochs * ((slices + perStep - 1) / perStep);
        if (steps <= options.WarmupSteps)
        {
            observer.Warn(FormattableString.Invariant(
                $"the run has {steps} optimiser steps and its warm-up {options.WarmupSteps}, so the learning rate never reaches {options.LearningRate}. Shorten the warm-up (--warmup, WarmupSteps) or train longer."));
        }
    }
}
