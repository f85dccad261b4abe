using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training.Optimizers;

/// <summary>Adam with decoupled weight decay: betas 0.9 and 0.999, eps 1e-8. Sources: Loshchilov and Hutter (2019); torch.optim.AdamW.</summary>
internal sealed class FlatAdamW(FlatParameters parameters, double weightDecay) : FlatOptimizer(parameters, ["exp_avg", "exp_avg_sq"])
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    /// <inheritdoc/>
    public override OptimizerKind Kind => OptimizerKind.AdamW;

    /// <inheritdoc/>
    protected override void Move(Tensor values, Tensor gradients, Tensor[] moments, long step, double learningRate)
    {
        using Scalar decay = 1 - (learningRate * weightDecay), keep1 = Beta1, take1 = 1 - Beta1, keep2 = Beta2, take2 = 1 - Beta2, epsilon = Epsilon, one = 1.0;
        using Scalar correction2 = Math.Sqrt(1 - Math.Pow(Beta2, step)), move = -learningRate / (1 - Math.Pow(Beta1, step));
        var (mean, square) = (moments[0], moments[1]);
        values.mul_(decay);
        mean.mul_(keep1).add_(gradients, take1);
        square.mul_(keep2).addcmul_(gradients, gradients, take2);
        values.addcdiv_(mean, square.sqrt().div_(correction2).add_(epsilon, one), move);
    }
}
