using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Losses;

/// <summary>Focal loss with less weight on background. Sources: Lin et al. (2017); SAMed, utils.py, which defines it and trains without it.</summary>
public static class FocalLoss
{
    /// <summary>The mean over all pixels of -a (1-p)^gamma log p, p the probability of the true class, a = <paramref name="alpha"/> for background and
    /// 1 - <paramref name="alpha"/> for organs.</summary>
    /// <param name="logits">[B, C+1, h, w] float32.</param>
    /// <param name="target">[B, h, w] int64, 0 to C.</param>
    /// <param name="alpha">0 to 1.</param>
    /// <param name="gamma">At least 0; more looks harder at pixels that are wrong.</param>
    /// <returns>A float32 scalar with gradient; the caller disposes.</returns>
    /// <exception cref="ArgumentException">Shapes, type or numbers are wrong.</exception>
    public static Tensor Compute(Tensor logits, Tensor target, double alpha = 0.25, double gamma = 2)
    {
        LossArguments.Check(logits, target);
        if (!(alpha >= 0 && alpha <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "The background's weight is out of range: expected 0 to 1.");
        }
        if (!(gamma >= 0 && double.IsFinite(gamma)))
        {
            throw new ArgumentOutOfRangeException(nameof(gamma), gamma, "The exponent is out of range: expected at least 0.");
        }
        using var scope = NewDisposeScope();
        var logP = functional.log_softmax(logits, 1).gather(1, target.unsqueeze(1)).squeeze(1);   // [B, h, w]
        return (Weights(target, alpha).neg() * logP.exp().From(1).ToThe(gamma) * logP).mean().MoveToOuterDisposeScope();
    }

    /// <summary>[B, h, w] float32, filled where it lies: a number that is made on the host is waited for by a GPU.</summary>
    private static Tensor Weights(Tensor target, double alpha)
    {
        using Scalar background = alpha;
        return zeros_like(target, ScalarType.Float32).Plus(1 - alpha).masked_fill(target.logical_not(), background);
    }
}
