using SAMed.MLNet.Estimators.Training.Optimizers;
using SAMed.MLNet.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Keeps the best trained parameters in memory, for runs that leave nothing on disk.</summary>
internal sealed class BestWeights(SamNetwork network) : ITrainingStore
{
    private readonly List<Tensor> _best = [];

    /// <summary>Puts the best weights back into the network, if any were kept.</summary>
    public void Restore()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        foreach (var (kept, (_, parameter)) in _best.Zip(network.TrainableParameters))
        {
            parameter.copy_(kept);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _best.ForEach(tensor => tensor.Dispose());
        _best.Clear();
    }

    TrainingState? ITrainingStore.Restore(FlatOptimizer optimizer) => null;

    void ITrainingStore.LogStep(long step, int epoch, StepLosses losses, double learningRateUsed, double learningRateNext)
    {
        // Progress is reported to the caller; there is no file to write it to.
    }

    void ITrainingStore.LogEpoch(int epoch, long step, double meanLoss, double? validationDice, IReadOnlyList<double?>? perClass)
    {
    }

    void ITrainingStore.SaveWeights(WeightsKind kind, int epoch, double? validationDice)
    {
        // Without a validation every epoch counts as the best: the network holds those weights anyway.
        if (kind != WeightsKind.Best || validationDice is null)
        {
            return;
        }
        Dispose();
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        _best.AddRange(network.TrainableParameters.Select(pair => pair.Parameter.detach().clone().DetachFromDisposeScope()));
    }

    void ITrainingStore.SaveState(TrainingState state, FlatOptimizer optimizer, double? validationDice)
    {
    }
}
