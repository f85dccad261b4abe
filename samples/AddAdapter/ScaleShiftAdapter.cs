using SAMed.MLNet.Modeling.Adapters;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AddAdapter;

/// <summary>Scaling and shifting of the encoder's queries and values, after SSF (Lian et al., 2022): 4·D numbers per block instead of LoRA's 4·D·rank.
/// The prompt encoder and the mask decoder train too, as they do in SAMed.</summary>
internal sealed class ScaleShiftAdapter : ISamAdapter
{
    public Module<Tensor, Tensor> CreateQkv(int block, int channels, Device device) => new ScaleShiftQkv(channels, device);

    public Module<Tensor, Tensor> CreateDecoderProjection(int inputs, int outputs, Device device) => Linear(inputs, outputs, device: device);

    public bool Trains(string parameterName) =>
        ScaleShiftQkv.Owns(parameterName) || !parameterName.StartsWith("sam.image_encoder.", StringComparison.Ordinal);

    /// <summary>SAM's own layer stands one level deeper here; SAM's checkpoints call it <c>qkv.weight</c> and <c>qkv.bias</c>.</summary>
    public string? SamName(string stateName) => ScaleShiftQkv.Owns(stateName)
        ? null
        : stateName["sam.".Length..].Replace(".qkv.linear.", ".qkv.", StringComparison.Ordinal);

    /// <summary>It fits every encoder.</summary>
    public void Validate(int encoderDepth) => ArgumentOutOfRangeException.ThrowIfLessThan(encoderDepth, 1);
}
