using SAMed.MLNet.Modeling.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>One layer of the two-way transformer: tokens attend to themselves and to the image, then the image attends to the tokens. SAM, modeling/transformer.py.</summary>
/// <remarks>Takes queries [B or 1, T, D], keys [B, N, D] and the positions of both; gives the new queries and keys.</remarks>
internal sealed class TwoWayAttentionBlock : Module<Tensor, Tensor, Tensor, Tensor, (Tensor Queries, Tensor Keys)>
{
    private readonly DecoderAttention self_attn;
    private readonly LayerNorm norm1;
    private readonly DecoderAttention cross_attn_token_to_image;
    private readonly LayerNorm norm2;
    private readonly MlpBlock mlp;
    private readonly LayerNorm norm3;
    private readonly LayerNorm norm4;
    private readonly DecoderAttention cross_attn_image_to_token;
    private readonly bool _isFirst;
    private readonly ComputeMode _mode;

    /// <param name="options">Sizes.</param>
    /// <param name="isFirst">The first layer's queries are their own positions: it adds none and has no residual around its self-attention.</param>
    /// <param name="adapter">Makes the query and value projections.</param>
    /// <param name="mode">How it computes.</param>
    /// <param name="device">Where the parameters are made.</param>
    public TwoWayAttentionBlock(SamOptions options, bool isFirst, ISamAdapter adapter, ComputeMode mode, Device device) : base(nameof(TwoWayAttentionBlock))
    {
        var (dim, heads, downsample) = (options.PromptEmbedDim, options.DecoderNumHeads, options.AttentionDownsampleRate);
        (_isFirst, _mode) = (isFirst, mode);
        self_attn = new DecoderAttention(dim, heads, 1, adapter, mode, device);
        norm1 = LayerNorm(dim, device: device);
        cross_attn_token_to_image = new DecoderAttention(dim, heads, downsample, adapter, mode, device);
        norm2 = LayerNorm(dim, device: device);
        mlp = new MlpBlock(dim, options.DecoderMlpDim, (hidden, inPlace) => functional.relu(hidden, inPlace), mode, device);
        norm3 = LayerNorm(dim, device: device);
        norm4 = LayerNorm(dim, device: device);
        cross_attn_image_to_token = new DecoderAttention(dim, heads, downsample, adapter, mode, device);
        RegisterComponents();
    }

    public override (Tensor Queries, Tensor Keys) forward(Tensor queries, Tensor keys, Tensor queryPositions, Tensor keyPositions)
    {
        using var scope = NewDisposeScope();
        queries = norm1.call(AttendToThemselves(queries, queryPositions));
        var placedKeys = keys.Plus(keyPositions);
        queries = norm2.call(queries.Plus(cross_attn_token_to_image.call(queries.Plus(queryPositions), placedKeys, keys)));
        queries = norm3.call(queries.Plus(mlp.call(_mode.Enter(queries))));
        keys = norm4.call(keys.Plus(cross_attn_image_to_token.call(placedKeys, queries.Plus(queryPositions), queries)));
        return scope.MoveToOuter(queries, keys);
    }

    private Tensor AttendToThemselves(Tensor queries, Tensor positions)
    {
        if (_isFirst)
        {
            return self_attn.call(queries, queries, queries);
        }
        var placed = queries.Plus(positions);
        return queries.Plus(self_attn.call(placed, placed, queries));
    }
}
