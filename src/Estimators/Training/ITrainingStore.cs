using SAMed.MLNet.Estimators.Training.Optimizers;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Where a training run leaves what it has learned. The trainer calls it; <see cref="RunFolder"/> is the one on disk.</summary>
internal interface ITrainingStore : IDisposable
{
    /// <summary>Brings back a saved state into the network's parameters and the optimiser, or returns null when there is none.</summary>
    TrainingState? Restore(FlatOptimizer optimizer);

    /// <summary>One optimiser step is done.</summary>
    void LogStep(long step, int epoch, StepLosses losses, double learningRateUsed, double learningRateNext);

    /// <summary>What takes a picture of that 0-based step; null when none is wanted of it.</summary>
    Action<TrainingPicture>? PictureOf(long step) => null;

    /// <summary>One epoch is done.</summary>
    void LogEpoch(int epoch, long step, double meanLoss, double? validationDice, IReadOnlyList<double?>? perClass);

    /// <summary>Keeps the present weights, at the end of 0-based <paramref name="epoch"/>, as the best or under a number.</summary>
    /// <param name="kind">As which.</param>
    /// <param name="epoch">The epoch that has just ended.</param>
    /// <param name="validationDice">Mean Dice of these weights; null when they were not validated.</param>
    void SaveWeights(WeightsKind kind, int epoch, double? validationDice);

    /// <summary>Keeps everything that is needed to go on from here, and the present weights as the last.</summary>
    /// <param name="state">Where the run stands.</param>
    /// <param name="optimizer">Its moments.</param>
    /// <param name="validationDice">Mean Dice of the present weights; null when they were not validated.</param>
    void SaveState(TrainingState state, FlatOptimizer optimizer, double? validationDice);
}

/// <summary>Which weights are saved.</summary>
internal enum WeightsKind
{
    /// <summary>Best on the validation cases.</summary>
    Best,

    /// <summary>One of the numbered ones that are kept.</summary>
    Numbered,
}
