using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>How a network computes at the moment; one object that all of its layers see.</summary>
/// <remarks>Sums along the residual path, norms and everything outside the transformers stay float32, because their errors would add up over the layers and
/// they cost little. Linear layers and attentions take what <see cref="Enter"/> gives them and compute in its type.</remarks>
internal sealed class ComputeMode
{
    /// <summary>The number format of linear layers and attentions.</summary>
    public Precision Precision { get; set; }

    /// <summary>Whether encoder blocks forget their inner activations and compute them again for the backward pass.</summary>
    public bool Checkpointing { get; set; }

    /// <summary>What layers with a backward pass of their own share.</summary>
    public BackwardPass Pass { get; } = new();

    /// <summary>Weights as layers compute with them, while somebody holds them.</summary>
    public HeldWeights Held { get; } = new();

    /// <summary>A float32 tensor as the transformer layers compute with it.</summary>
    public Tensor Enter(Tensor x) => Precision == Precision.Bf16 ? x.to_type(ScalarType.BFloat16) : x;

    /// <summary>The result of a transformer layer as float32. A sum with a float32 tensor needs no such call.</summary>
    public Tensor Leave(Tensor x) => Precision == Precision.Bf16 ? x.to_type(ScalarType.Float32) : x;
}
