using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Losses;

/// <summary>Checks that every segmentation loss makes. Values of the target are not read: that would wait for the device.</summary>
internal static class LossArguments
{
    public static void Check(Tensor logits, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(target);
        var (of, on) = (logits.shape, target.shape);
        if (of.Length != 4 || on.Length != 3 || of[0] != on[0] || of[2] != on[1] || of[3] != on[2])
        {
            throw new ArgumentException($"Logits [{string.Join(", ", of)}] and target [{string.Join(", ", on)}] do not fit: expected [B, C+1, h, w] and [B, h, w].", nameof(target));
        }
        if (target.dtype != ScalarType.Int64)
        {
            throw new ArgumentException($"The target is {target.dtype}, expected Int64.", nameof(target));
        }
    }
}
