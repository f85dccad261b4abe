using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>What the network says about B images: C+1 masks each, channel 0 is background. SAM, modeling/sam.py.</summary>
/// <param name="Masks">[B, C+1, S, S] float32 logits at the image's size.</param>
/// <param name="IouPredictions">[B, C+1] float32, the predicted quality of each mask; SAMed does not train it.</param>
/// <param name="LowResLogits">[B, C+1, S/4, S/4] float32 logits; the loss is computed on these.</param>
public sealed record SamOutput(Tensor Masks, Tensor IouPredictions, Tensor LowResLogits) : IDisposable
{
    /// <summary>Frees the three tensors.</summary>
    public void Dispose()
    {
        Masks.Dispose();
        IouPredictions.Dispose();
        LowResLogits.Dispose();
    }
}
