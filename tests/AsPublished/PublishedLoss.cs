using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.AsPublished;

/// <summary>SAMed's losses in the plain formulation, class by class. SAMed, trainer.py and utils.py.</summary>
public static class PublishedLoss
{
    private const double Smooth = 1e-5;

    /// <summary>(1-w) cross entropy + w Dice of logits [B, C+1, h, w] and labels [B, h, w] int64.</summary>
    public static Tensor CrossEntropyDice(Tensor logits, Tensor labels, double diceWeight)
    {
        using var scope = NewDisposeScope();
        var crossEntropy = functional.cross_entropy(logits, labels);
        return ((1 - diceWeight) * crossEntropy + diceWeight * Dice(logits, labels)).MoveToOuterDisposeScope();
    }

    /// <summary>(1-w) focal loss + w Dice of the same.</summary>
    public static Tensor FocalDice(Tensor logits, Tensor labels, double diceWeight)
    {
        using var scope = NewDisposeScope();
        return ((1 - diceWeight) * Focal(logits, labels) + diceWeight * Dice(logits, labels)).MoveToOuterDisposeScope();
    }

    /// <summary>The mean over classes, background too, of what overlap lacks to one; sums over the batch and all pixels.</summary>
    public static Tensor Dice(Tensor logits, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        var probabilities = logits.softmax(1);
        var loss = zeros(1, dtype: logits.dtype, device: logits.device).squeeze();
        for (var label = 0; label < logits.shape[1]; label++)
        {
            var (score, truth) = (probabilities.select(1, label), labels.eq(label).to_type(logits.dtype));
            var (common, predicted, actual) = ((score * truth).sum(), (score * score).sum(), (truth * truth).sum());
            loss = loss + (1 - (2 * common + Smooth) / (predicted + actual + Smooth));
        }
        return (loss / logits.shape[1]).MoveToOuterDisposeScope();
    }

    /// <summary>The mean over pixels of -a (1-p)^2 log p, a = 0.25 for background and 0.75 for organs.</summary>
    public static Tensor Focal(Tensor logits, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        var classes = (int)logits.shape[1];
        var rows = logits.permute(0, 2, 3, 1).reshape(-1, classes);
        var truth = labels.reshape(-1, 1);
        var logP = functional.log_softmax(rows, 1).gather(1, truth).squeeze(1);
        double[] weights = [0.25, .. Enumerable.Repeat(0.75, classes - 1)];
        var weight = tensor(weights, dtype: logits.dtype, device: logits.device).gather(0, truth.squeeze(1));
        return (weight * (1 - logP.exp()).pow(2) * logP).mean().neg().MoveToOuterDisposeScope();
    }
}
