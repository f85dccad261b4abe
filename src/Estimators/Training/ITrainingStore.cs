using TorchSharp;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Where a training run leaves what it has learned. The trainer calls it; <see cref="RunFolder"/> is the one on disk.</summary>
internal interface ITrainingStore : IDisposable
{
    /// <summary>Brings back a saved state into the network's parameters and the optimiser, or returns null when there is none.</summary>
    TrainingState? Restore(torch.optim.Optimizer optimizer);

    /// <summary>One optimiser step is done.</summary>
    void LogStep(long step, int epoch, StepLosses losses, double learningRateUsed, double learningRateNext);

    /// <summary>One epoch is done.</summary>
    void LogEpoch(int epoch, long step, double meanLoss, double? validationDice, IReadOnlyList<double?>? perClass);

    /// <summary>Keeps the present weights as the best, or under a number.</summary>
    void SaveWeights(WeightsKind kind, TrainingState state);

    /// <summary>Keeps everything that is needed to go on from here, and the present weights as the last.</summary>
    void SaveState(TrainingState state, torch.optim.Optimizer optimizer);
}

/// <summary>Which weights are saved.</summary>
internal enum WeightsKind
{
    /// <summary>Best on the validation cases.</summary>
    Best,

    /// <summary>One of the numbered ones that are kept.</summary>
    Numbered,
}
