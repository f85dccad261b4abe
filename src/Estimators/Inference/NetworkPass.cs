using SAMed.MLNet.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>What one forward pass says of a batch.</summary>
/// <param name="Classes">[B, S, S] class ids.</param>
/// <param name="LowResLogits">[B, C+1, L, L], when asked for.</param>
/// <param name="Probabilities">[B, C+1, S, S], summing to 1 over the classes, when asked for.</param>
internal sealed record NetworkOutput(byte[] Classes, float[]? LowResLogits, float[]? Probabilities);

/// <summary>One batch of prepared slices through the network, for volumes and rows alike.</summary>
internal static class NetworkPass
{
    /// <summary>Runs <paramref name="images"/>, [B, C, S, S] float32, without gradients.</summary>
    /// <param name="network">The network, on <paramref name="device"/>.</param>
    /// <param name="device">Where it lies.</param>
    /// <param name="images">The slices.</param>
    /// <param name="channels">C, 1 or 3.</param>
    /// <param name="firstSlice">Number of the first slice, for the error.</param>
    /// <param name="logits">Whether to return the low-resolution logits.</param>
    /// <param name="probabilities">Whether to return probabilities.</param>
    /// <exception cref="NonFiniteLogitsException">The output is NaN or infinite.</exception>
    public static NetworkOutput Run(SamNetwork network, Device device, float[] images, int channels, long firstSlice, bool logits = false, bool probabilities = false)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        var size = network.Options.ImageSize;
        var count = images.Length / (channels * size * size);
        var output = network.call(tensor(images, [count, channels, size, size]).to(device));
        if (!output.LowResLogits.isfinite().all().ToBoolean())
        {
            // An argmax of NaN is class 0: a label map without a single organ, which looks like a healthy answer.
            throw new NonFiniteLogitsException(firstSlice, firstSlice + count - 1);
        }
        return new(
            // The reference takes the argmax of the softmax, which has the order of the logits.
            output.Masks.argmax(1).to(ScalarType.Byte).cpu().contiguous().data<byte>().ToArray(),
            logits ? Floats(output.LowResLogits) : null,
            probabilities ? Floats(output.Masks.softmax(1)) : null);
    }

    private static float[] Floats(Tensor values) => values.to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
}
