using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training.Optimizers;

/// <summary>Stochastic gradient descent with momentum and weight decay as a part of the gradient. Source: torch.optim.SGD without dampening and Nesterov.</summary>
internal sealed class FlatSgd(FlatParameters parameters, double weightDecay) : FlatOptimizer(parameters, ["momentum_buffer"])
{
    private const double Momentum = 0.9;

    /// <inheritdoc/>
    public override OptimizerKind Kind => OptimizerKind.Sgd;

    /// <inheritdoc/>
    protected override void Move(Tensor values, Tensor gradients, Tensor[] moments, long step, double learningRate)
    {
        using Scalar decay = weightDecay, keep = Momentum, take = 1.0, move = -learningRate;
        // From zero the first step leaves the gradient itself in the buffer, as torch.optim does.
        moments[0].mul_(keep).add_(gradients.add(values, decay), take);
        values.add_(moments[0], move);
    }
}
