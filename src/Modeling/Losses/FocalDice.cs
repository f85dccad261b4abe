using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Losses;

/// <summary>SAMed's loss with the focal loss in the place of cross entropy: (1-w) focal + w Dice. The published code defines its focal loss and never uses it, so the sum is
/// this library's.</summary>
public static class FocalDice
{
    /// <summary>Computes the loss over a whole batch, the focal loss with its own defaults (<see cref="FocalLoss"/>).</summary>
    /// <param name="logits">[B, C+1, h, w] float32.</param>
    /// <param name="target">[B, h, w] int64, 0 to C.</param>
    /// <param name="diceWeight">w, 0 to 1; 0 is the focal loss alone.</param>
    /// <returns>The total (with gradient) and its parts, the cross entropy too, so that runs can be compared; the caller disposes.</returns>
    /// <exception cref="ArgumentException">Shapes, type or weight are wrong.</exception>
    public static SegmentationLoss Compute(Tensor logits, Tensor target, double diceWeight)
    {
        using var scope = NewDisposeScope();
        var published = CrossEntropyDice.Compute(logits, target, diceWeight);
        var focal = FocalLoss.Compute(logits, target);
        var total = focal.Times(1 - diceWeight).Plus(published.Dice.Times(diceWeight));
        return new SegmentationLoss(total.MoveToOuterDisposeScope(), published.CrossEntropy.MoveToOuterDisposeScope(), published.Dice.MoveToOuterDisposeScope())
        {
            Focal = focal.MoveToOuterDisposeScope(),
        };
    }
}
