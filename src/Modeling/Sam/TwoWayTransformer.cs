using SAMed.MLNet.Modeling.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>The mask decoder's transformer. SAM, modeling/transformer.py.</summary>
/// <remarks>Takes the image embedding [B, N, h, w], its positions [1, N, h, w] and tokens [1, T, N]; gives tokens [B, T, N] and image [B, h*w, N].</remarks>
internal sealed class TwoWayTransformer : Module<Tensor, Tensor, Tensor, (Tensor Tokens, Tensor Image)>
{
    private readonly ModuleList<TwoWayAttentionBlock> layers;
    private readonly DecoderAttention final_attn_token_to_image;
    private readonly LayerNorm norm_final_attn;

    public TwoWayTransformer(SamOptions options, ISamAdapter adapter, ComputeMode mode, Device device) : base(nameof(TwoWayTransformer))
    {
        layers = ModuleList(Enumerable.Range(0, options.DecoderDepth)
            .Select(layer => new TwoWayAttentionBlock(options, layer == 0, adapter, mode, device))
            .ToArray());
        final_attn_token_to_image = new DecoderAttention(options.PromptEmbedDim, options.DecoderNumHeads, options.AttentionDownsampleRate, adapter, mode, device);
        norm_final_attn = LayerNorm(options.PromptEmbedDim, device: device);
        RegisterComponents();
    }

    public override (Tensor Tokens, Tensor Image) forward(Tensor image, Tensor imagePositions, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var (queries, keys) = (tokens, Flatten(image));
        var positions = Flatten(imagePositions);
        foreach (var layer in layers)
        {
            (queries, keys) = layer.call(queries, keys, tokens, positions);
        }
        queries = norm_final_attn.call(queries.Plus(final_attn_token_to_image.call(queries.Plus(tokens), keys.Plus(positions), keys)));
        return scope.MoveToOuter(queries, keys);
    }

    private static Tensor Flatten(Tensor x) => x.flatten(2).transpose(1, 2);                  // [B, N, h, w] to [B, h*w, N]
}
