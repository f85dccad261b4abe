using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Losses;

/// <summary>SAMed's loss: (1-w) cross entropy + w Dice. Source: SAMed, trainer.py and utils.py.</summary>
public static class CrossEntropyDice
{
    private const double Smooth = 1e-5;

    /// <summary>Computes the loss over a whole batch; every class counts, background too.</summary>
    /// <param name="logits">[B, C+1, h, w] float32.</param>
    /// <param name="target">[B, h, w] int64, 0 to C.</param>
    /// <param name="diceWeight">w, 0 to 1; published 0.8.</param>
    /// <returns>The total (with gradient) and its parts; the caller disposes.</returns>
    /// <exception cref="ArgumentException">Shapes, type or weight are wrong.</exception>
    public static SegmentationLoss Compute(Tensor logits, Tensor target, double diceWeight)
    {
        LossArguments.Check(logits, target);
        if (!(diceWeight >= 0 && diceWeight <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(diceWeight), diceWeight, "The Dice weight is out of range: expected 0 to 1.");
        }
        using var scope = NewDisposeScope();
        var logProbabilities = functional.log_softmax(logits, 1);
        var crossEntropy = functional.nll_loss(logProbabilities, target);
        var dice = Dice(logProbabilities.exp(), target);
        var total = crossEntropy.Times(1 - diceWeight).Plus(dice.Times(diceWeight));
        return new SegmentationLoss(total.MoveToOuterDisposeScope(), crossEntropy.MoveToOuterDisposeScope(), dice.MoveToOuterDisposeScope());
    }

    /// <summary>Mean over classes of 1 - (2 sum(p t) + s) / (sum(p^2) + sum(t^2) + s), sums over the batch and all pixels.</summary>
    private static Tensor Dice(Tensor probabilities, Tensor target)
    {
        var truth = functional.one_hot(target, probabilities.shape[1]).permute(0, 3, 1, 2).to_type(probabilities.dtype);   // [B, C+1, h, w]
        var common = (probabilities * truth).sum([0, 2, 3]);
        var sizes = probabilities.square().sum([0, 2, 3]).Plus(truth.sum([0, 2, 3]));
        return (common.Times(2).Plus(Smooth) / sizes.Plus(Smooth)).From(1).mean();
    }
}
