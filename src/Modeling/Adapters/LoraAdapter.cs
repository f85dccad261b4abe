using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Adapters;

/// <summary>Low-rank updates of queries and values, as SAMed and SAMed_s have them.</summary>
public sealed class LoraAdapter(LoraOptions options) : ISamAdapter
{
    private const string Sam = "sam.";
    private const string Encoder = "sam.image_encoder.";
    private const string DecoderTransformer = "sam.mask_decoder.transformer.";

    /// <summary>The options that this adapter was made from.</summary>
    public LoraOptions Options { get; } = options;

    /// <inheritdoc/>
    public Module<Tensor, Tensor> CreateQkv(int block, int channels, Device device)
    {
        var adapted = Options.Placement != LoraPlacement.None && (Options.Layers?.Contains(block) ?? true);
        return adapted ? new LoraQkv(channels, Options.Rank, device) : Linear(channels, 3 * channels, device: device);
    }

    /// <inheritdoc/>
    public Module<Tensor, Tensor> CreateDecoderProjection(int inputs, int outputs, Device device) =>
        Options.Placement == LoraPlacement.EncoderDecoder ? new LoraProjection(inputs, outputs, Options.Rank, device) : Linear(inputs, outputs, device: device);

    /// <summary>The one rule of what trains: the updates always; the encoder only with <see cref="LoraOptions.TrainEncoder"/>; the decoder's transformer
    /// unless it has updates; everything else.</summary>
    public bool Trains(string parameterName)
    {
        ArgumentNullException.ThrowIfNull(parameterName);
        if (LoraQkv.Owns(parameterName) || LoraProjection.Owns(parameterName))
        {
            return true;
        }
        if (parameterName.StartsWith(Encoder, StringComparison.Ordinal))
        {
            return Options.TrainEncoder;
        }
        return Options.Placement != LoraPlacement.EncoderDecoder || !parameterName.StartsWith(DecoderTransformer, StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public string? SamName(string stateName)
    {
        ArgumentNullException.ThrowIfNull(stateName);
        if (!stateName.StartsWith(Sam, StringComparison.Ordinal) || LoraQkv.Owns(stateName) || LoraProjection.Owns(stateName))
        {
            return null;
        }
        return stateName[Sam.Length..]
            .Replace(".qkv.qkv.", ".qkv.", StringComparison.Ordinal)
            .Replace("_proj.proj.", "_proj.", StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public void Validate(int encoderDepth) => Options.Validate(encoderDepth);
}
