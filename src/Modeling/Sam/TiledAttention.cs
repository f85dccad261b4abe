using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>softmax(q' k'ᵀ) v tile by tile, so that no tile's scores leave the processor's cache and none are kept: the backward pass computes them again.
/// Dao et al., FlashAttention (2022), with libtorch's products in place of a kernel.</summary>
/// <remarks>On a CPU it is two to four times as fast as libtorch's fused kernel, and windows that reach over the image's edge cost only what lies inside it.</remarks>
internal sealed class TiledAttention : autograd.SingleTensorFunction<TiledAttention>
{
    private const string CallKey = "call";
    private const int Query = 1, Key = 2, Value = 3, Rows = 4, Columns = 5, PadKey = 6, PadValue = 7, Arguments = 8;

    private static readonly Scalar MinusOne = -1.0f;

    /// <inheritdoc/>
    public override string Name => nameof(TiledAttention);

    /// <summary>The attention of all tiles, [B, H, W, heads, c].</summary>
    public static Tensor Run(AttentionInput input, BackwardPass pass)
    {
        if (!is_grad_enabled() || !input.Tensors.Any(tensor => tensor.requires_grad))
        {
            return Forward(input);
        }
        using var scope = NewDisposeScope();
        return apply([new Call(input.Tiling, input.Scale, pass), .. input.Tensors]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var call = (Call)vars[0];
        var input = AttentionInput.Of(call.Tiling, call.Scale, [.. vars.Skip(1).Cast<Tensor>()]);
        ctx.set_materialize_grads(false);
        ctx.save_data(CallKey, call);
        ctx.save_for_backward([.. input.Tensors]);
        return Forward(input);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (Call)ctx.get_data(CallKey);
        return call.Pass.Gradients(grad_output, Arguments, gradients => Differentiate(AttentionInput.Of(call.Tiling, call.Scale, ctx.get_saved_variables()), grad_output, gradients));
    }

    private static Tensor Forward(AttentionInput input)
    {
        using var scope = NewDisposeScope();
        var places = input.Places();
        var output = empty(input.Values.shape, dtype: input.Values.dtype, device: input.Values.device);
        foreach (var tile in input.Tiles())
        {
            using var tileScope = NewDisposeScope();
            tile.Put(output, TileProducts.Times(TileProducts.TimesTransposed(tile.Queries(input), tile.Keys(input, places)).softmax(-1), tile.Values(input)));
        }
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>With P the softmax and dP = dO Vᵀ: dV = Pᵀ dO, dS = P dP - P rowsum(P dP), dQ = dS K, dK = dSᵀ Q.</summary>
    private static void Differentiate(AttentionInput input, Tensor gradOutput, Tensor?[] gradients)
    {
        using var mode = no_grad();
        var (channels, places) = (input.Values.shape[^1], input.Places());
        var (gradQuery, gradKeys, gradValues) = (Like(input.Values), Like(input.Values), Like(input.Values));
        var (gradRows, gradColumns) = (Like(input.Rows), Like(input.Columns));
        var (gradPadKey, gradPadValue) = (zeros_like(input.PadKey), zeros_like(input.PadValue));
        foreach (var tile in input.Tiles())
        {
            using var scope = NewDisposeScope();
            var (query, key, grad) = (tile.Queries(input), tile.Keys(input, places), tile.Take(gradOutput));
            var weights = TileProducts.TimesTransposed(query, key).softmax(-1);
            tile.PutFilled(gradValues, gradPadValue, TileProducts.TransposedTimes(weights, grad));
            var gradScores = TileProducts.TimesTransposed(grad, tile.Values(input)).mul_(weights);
            gradScores.addcmul_(weights, gradScores.sum(-1, keepdim: true), MinusOne);
            var gradQueries = TileProducts.Times(gradScores, key);
            tile.Put(gradQuery, gradQueries.narrow(-1, 0, channels) * input.Scale);
            tile.Put(gradRows, gradQueries.narrow(-1, channels, gradRows.shape[^1]));
            tile.Put(gradColumns, gradQueries.narrow(-1, channels + gradRows.shape[^1], gradColumns.shape[^1]));
            tile.PutFilled(gradKeys, gradPadKey, TileProducts.TransposedTimes(gradScores, query.narrow(-1, 0, channels)));
        }
        (gradients[Query], gradients[Key], gradients[Value], gradients[Rows], gradients[Columns]) = (gradQuery, gradKeys, gradValues, gradRows, gradColumns);
        (gradients[PadKey], gradients[PadValue]) = (input.PadKey.requires_grad ? gradPadKey : null, input.PadValue.requires_grad ? gradPadValue : null);
    }

    private static Tensor Like(Tensor x) => empty(x.shape, dtype: x.dtype, device: x.device);

    private sealed record Call(AttentionTiling Tiling, Scalar Scale, BackwardPass Pass);
}
