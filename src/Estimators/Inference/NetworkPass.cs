using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>What the network says of a batch.</summary>
/// <param name="Classes">[B, S, S] class ids.</param>
/// <param name="LowResLogits">[B, C+1, L, L], when asked for.</param>
/// <param name="Probabilities">[B, C+1, S, S], summing to 1 over the classes, when asked for.</param>
internal sealed record NetworkOutput(byte[] Classes, float[]? LowResLogits, float[]? Probabilities);

/// <summary>One batch of prepared slices through the network, for volumes and rows alike.</summary>
internal static class NetworkPass
{
    // Axes of [B, C, S, S]: columns, rows, both.
    private static readonly long[][] s_flips = [[3], [2], [2, 3]];

    /// <summary>Runs <paramref name="images"/>, [B, C, S, S] float32, without gradients.</summary>
    /// <param name="network">The network, on <paramref name="device"/>.</param>
    /// <param name="device">Where it lies.</param>
    /// <param name="images">The slices.</param>
    /// <param name="channels">C, 1 or 3.</param>
    /// <param name="firstSlice">Number of the first slice, for the error.</param>
    /// <param name="tta">Whether each slice is seen flipped too.</param>
    /// <param name="logits">Whether to return the low-resolution logits, of the slices as they are.</param>
    /// <param name="probabilities">Whether to return probabilities.</param>
    /// <exception cref="NonFiniteLogitsException">The output is NaN or infinite.</exception>
    public static NetworkOutput Run(SamNetwork network, Device device, float[] images, int channels, long firstSlice, TestTimeAugmentation tta = TestTimeAugmentation.None,
        bool logits = false, bool probabilities = false)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        var size = network.Options.ImageSize;
        var count = images.Length / (channels * size * size);
        var input = tensor(images, [count, channels, size, size]).to(device);
        var output = Forward(input);
        var mean = tta == TestTimeAugmentation.Flip ? MeanOverFlips() : probabilities ? output.Masks.softmax(1) : null;
        return new(
            // The reference takes the argmax of the softmax, which has the order of the logits.
            ClassMap.Of(tta == TestTimeAugmentation.None ? output.Masks : mean!),
            logits ? Floats(output.LowResLogits) : null,
            probabilities ? Floats(mean!) : null);

        SamOutput Forward(Tensor batch)
        {
            var result = network.call(batch);
            // An argmax of NaN is class 0: a label map without a single organ, which looks like a healthy answer.
            return result.LowResLogits.isfinite().all().ToBoolean() ? result : throw new NonFiniteLogitsException(firstSlice, firstSlice + count - 1);
        }

        Tensor MeanOverFlips()
        {
            var sum = output.Masks.softmax(1);
            foreach (var axes in s_flips)
            {
                sum.add_(Forward(input.flip(axes)).Masks.softmax(1).flip(axes));
            }
            return sum.div_(s_flips.Length + 1);
        }
    }

    private static float[] Floats(Tensor values) => values.to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
}
