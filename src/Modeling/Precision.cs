namespace SAMed.MLNet.Modeling;

/// <summary>In which number format the transformer layers of a <see cref="SamNetwork"/> compute. Stored weights, losses and outputs are float32 either way.</summary>
public enum Precision
{
    /// <summary>float32 throughout: 24 bits of precision.</summary>
    Fp32,

    /// <summary>bfloat16 in the linear layers and attentions of both transformers, 8 bits of precision with float32's range, so no loss scaling is needed;
    /// float32 in everything else. Half the memory of activations, faster where the processor or GPU multiplies bfloat16 in hardware.</summary>
    Bf16,
}
