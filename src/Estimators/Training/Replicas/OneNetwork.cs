using SAMed.MLNet.Estimators.Training.Optimizers;
using SAMed.MLNet.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training.Replicas;

/// <summary>Gradients from one network on one device, computed on the calling thread.</summary>
internal sealed class OneNetwork(SamNetwork network, LossFunction lossFunction) : IGradientSource
{
    private readonly IDisposable _held = network.HoldWeights(trained: false);

    /// <inheritdoc/>
    public FlatParameters Parameters { get; } = new(network.TrainableParameters);

    /// <inheritdoc/>
    public Tensor Accumulate(PlacedBatch batch, double share, Action<Tensor>? see)
    {
        using var scope = NewDisposeScope();
        var logits = FrozenPart.Logits(network, batch, device: 0);
        var loss = lossFunction.Of(logits, batch.Labels);
        see?.Invoke(logits);
        LossFunction.Differentiate(loss.Total, share);
        network.ThrowIfBackwardFailed();
        return LossFunction.Parts(loss).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public FlatGradients Gradients() => Parameters.Gradients();

    /// <inheritdoc/>
    public void Forget() => Parameters.ForgetGradients();

    /// <inheritdoc/>
    public void Share()
    {
        // There is no other device.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _held.Dispose();
        Parameters.Dispose();
    }
}
