using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Adapters;

/// <summary>A method of parameter-efficient fine-tuning. It makes the projections that SAM's attentions are built from and says what trains.</summary>
/// <remarks>TorchSharp does not see modules that are exchanged after construction, so an adapter takes part while the network is built. A new method
/// is one class that implements this interface. Its projections always get float32: at another <see cref="SamNetwork.Precision"/> the network casts around them.</remarks>
public interface ISamAdapter
{
    /// <summary>The joint projection of an encoder block: [..., D] to [..., 3D], the result ordered query, key, value along the last axis.</summary>
    /// <param name="block">Number of the block, from 0.</param>
    /// <param name="channels">D, the encoder's channels.</param>
    /// <param name="device">Where the parameters are made.</param>
    Module<Tensor, Tensor> CreateQkv(int block, int channels, Device device);

    /// <summary>The query or value projection of an attention in the mask decoder's transformer: [..., <paramref name="inputs"/>] to [..., <paramref name="outputs"/>].</summary>
    Module<Tensor, Tensor> CreateDecoderProjection(int inputs, int outputs, Device device);

    /// <summary>Whether the parameter of that name, as <c>sam.image_encoder.pos_embed</c>, is trained.</summary>
    bool Trains(string parameterName);

    /// <summary>The name that SAM's own checkpoints give to a tensor of the network, as <c>image_encoder.pos_embed</c> for
    /// <c>sam.image_encoder.pos_embed</c>; null for a tensor of the adapter, which such checkpoints lack. An adapter that wraps one of
    /// SAM's layers under another name says so here.</summary>
    string? SamName(string stateName)
    {
        ArgumentNullException.ThrowIfNull(stateName);
        return stateName.StartsWith("sam.", StringComparison.Ordinal) ? stateName["sam.".Length..] : null;
    }

    /// <summary>Checks the adapter against the encoder it is for.</summary>
    /// <exception cref="AdapterOptionsException">Lists every fault.</exception>
    void Validate(int encoderDepth);
}
