using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Losses;

/// <summary>A segmentation loss and its parts, each a float32 scalar on the logits' device.</summary>
/// <param name="Total">What is minimised; it carries the gradient.</param>
/// <param name="CrossEntropy">The cross entropy.</param>
/// <param name="Dice">The Dice loss.</param>
public sealed record SegmentationLoss(Tensor Total, Tensor CrossEntropy, Tensor Dice) : IDisposable
{
    /// <summary>The focal loss, where it stands in the total instead of the cross entropy; else null.</summary>
    public Tensor? Focal { get; init; }

    /// <summary>Frees the scalars.</summary>
    public void Dispose()
    {
        Total.Dispose();
        CrossEntropy.Dispose();
        Dice.Dispose();
        Focal?.Dispose();
    }
}
