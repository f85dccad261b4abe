namespace SAMed.MLNet.Modeling.Adapters;

/// <summary>Which projections get low-rank updates.</summary>
public enum LoraPlacement
{
    /// <summary>None: plain SAM.</summary>
    None,

    /// <summary>Queries and values of the image encoder: SAMed.</summary>
    Encoder,

    /// <summary>Queries and values of the image encoder and of the mask decoder's transformer, whose other weights are frozen: SAMed_s.</summary>
    EncoderDecoder,
}
