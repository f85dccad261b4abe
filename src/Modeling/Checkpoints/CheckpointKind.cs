namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>What a checkpoint file is for.</summary>
public enum CheckpointKind
{
    /// <summary>A whole SAM: image encoder, prompt encoder and mask decoder.</summary>
    Sam,

    /// <summary>A LoRA file of SAMed: updates of the encoder, prompt encoder and mask decoder.</summary>
    SamedLora,

    /// <summary>A LoRA file of SAMed_s: updates of the encoder and of the decoder's transformer.</summary>
    SamedSLora,

    /// <summary>Updates of the encoder only (Sam_LoRA): no mask decoder, so not enough for SAMed.</summary>
    EncoderLora,

    /// <summary>Prompt encoder and mask decoder without updates and without an image encoder.</summary>
    Decoder,

    /// <summary>The state of a whole SAMed network, updates included.</summary>
    SamedNetwork,

    /// <summary>An optimizer's state.</summary>
    Optimizer,

    /// <summary>Something else.</summary>
    Other,
}
