namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>The file formats that hold named tensors.</summary>
public enum CheckpointContainer
{
    /// <summary>torch.save since PyTorch 1.6: a zip archive of a pickle and raw storages.</summary>
    TorchZip,

    /// <summary>torch.save before PyTorch 1.6: pickles and raw storages one after another.</summary>
    TorchLegacy,

    /// <summary>Hugging Face safetensors: a JSON header and raw tensors.</summary>
    Safetensors,
}
