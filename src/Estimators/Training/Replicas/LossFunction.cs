using SAMed.MLNet.Modeling.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training.Replicas;

/// <summary>The loss that the training options name, over a batch whose logits lie on one device.</summary>
internal sealed class LossFunction(TrainingOptions options)
{
    /// <summary>The loss; the caller disposes.</summary>
    /// <param name="logits">[B, C+1, L, L].</param>
    /// <param name="labels">[B, L, L] uint8 on the same device.</param>
    public SegmentationLoss Of(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var target = labels.to(ScalarType.Int64);
        var loss = options.PixelLoss == PixelLoss.Focal
            ? FocalDice.Compute(logits, target, options.DiceWeight)
            : CrossEntropyDice.Compute(logits, target, options.DiceWeight);
        Tensor?[] parts = [loss.Total, loss.CrossEntropy, loss.Dice, loss.Focal];
        scope.MoveToOuter(parts.OfType<Tensor>());
        return loss;
    }

    /// <summary>Total, cross entropy, Dice and, where it is trained with, focal as one tensor without gradient, so that they are brought to the host in one copy.</summary>
    public static Tensor Parts(SegmentationLoss loss)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        Tensor?[] parts = [loss.Total, loss.CrossEntropy, loss.Dice, loss.Focal];
        return stack(parts.OfType<Tensor>().Select(part => part.detach())).MoveToOuterDisposeScope();
    }

    /// <summary>Differentiates <paramref name="share"/> × the total.</summary>
    public static void Differentiate(Tensor total, double share)
    {
        using var scope = NewDisposeScope();
        using Scalar factor = share;
        // Filled where it lies: a GPU would be waited for if it came from the host.
        autograd.backward([total], [ones_like(total).mul_(factor)]);
    }
}
