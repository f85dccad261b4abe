using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.AsPublished;

/// <summary>Prompt encoder without prompts and mask decoder in the plain formulation.</summary>
internal static class DecoderParts
{
    private const double NormEps = 1e-5;

    /// <summary>Positions of a square grid's cells: [1, N, size, size].</summary>
    public static Tensor Positions(Weights promptEncoder, int size)
    {
        using var scope = NewDisposeScope();
        var matrix = promptEncoder["pe_layer.positional_encoding_gaussian_matrix"];
        var grid = ones(size, size, dtype: matrix.dtype, device: matrix.device);
        var y = (grid.cumsum(0) - 0.5) / size;
        var x = (grid.cumsum(1) - 0.5) / size;
        var angle = (2 * stack([x, y], -1) - 1).matmul(matrix) * (2 * Math.PI);
        return cat([angle.sin(), angle.cos()], -1).permute(2, 0, 1).unsqueeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>The image embedding [B, N, h, w] to masks [B, C+1, 4h, 4w] and qualities [B, C+1].</summary>
    public static (Tensor Masks, Tensor Iou) Decode(Weights sam, SamOptions options, Tensor embedding)
    {
        using var scope = NewDisposeScope();
        var decoder = sam.At("mask_decoder");
        var (batch, dim, height, width) = (embedding.shape[0], embedding.shape[1], embedding.shape[2], embedding.shape[3]);
        var tokens = cat([decoder["iou_token.weight"], decoder["mask_tokens.weight"]]).unsqueeze(0);                     // [1, C+2, N]
        var dense = sam["prompt_encoder.no_mask_embed.weight"].reshape(1, -1, 1, 1).expand(1, dim, height, width);
        var positions = Positions(sam.At("prompt_encoder"), options.GridSize);
        var (queries, keys) = Transform(decoder.At("transformer"), options, embedding + dense, positions, tokens);
        var upscaled = Upscale(decoder.At("output_upscaling"), keys.transpose(1, 2).view(batch, dim, height, width));
        var weights = stack(Enumerable.Range(0, options.NumClasses + 1)
            .Select(mask => Mlp(decoder.At($"output_hypernetworks_mlps.{mask}"), 3, queries.select(1, 1 + mask))), 1);
        var masks = weights.matmul(upscaled.view(batch, dim / 8, 16 * height * width)).view(batch, -1, 4 * height, 4 * width);
        var iou = Mlp(decoder.At("iou_prediction_head"), options.IouHeadDepth, queries.select(1, 0));
        return scope.MoveToOuter(masks, iou);
    }

    private static (Tensor Queries, Tensor Keys) Transform(Weights transformer, SamOptions options, Tensor image, Tensor imagePositions, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var (queries, keys, positions) = (tokens, image.flatten(2).permute(0, 2, 1), imagePositions.flatten(2).permute(0, 2, 1));
        for (var layer = 0; layer < options.DecoderDepth; layer++)
        {
            (queries, keys) = Layer(transformer.At($"layers.{layer}"), options.DecoderNumHeads, layer == 0, queries, keys, tokens, positions);
        }
        var attended = Attention(transformer.At("final_attn_token_to_image"), options.DecoderNumHeads, queries + tokens, keys + positions, keys);
        return scope.MoveToOuter(transformer.LayerNorm("norm_final_attn", queries + attended, NormEps), keys);
    }

    private static (Tensor Queries, Tensor Keys) Layer(
        Weights layer, int heads, bool isFirst, Tensor queries, Tensor keys, Tensor queryPositions, Tensor keyPositions)
    {
        using var scope = NewDisposeScope();
        var self = layer.At("self_attn");
        queries = isFirst
            ? Attention(self, heads, queries, queries, queries)
            : queries + Attention(self, heads, queries + queryPositions, queries + queryPositions, queries);
        queries = layer.LayerNorm("norm1", queries, NormEps);
        queries = queries + Attention(layer.At("cross_attn_token_to_image"), heads, queries + queryPositions, keys + keyPositions, keys);
        queries = layer.LayerNorm("norm2", queries, NormEps);
        queries = queries + layer.Linear("mlp.lin2", layer.Linear("mlp.lin1", queries).relu());
        queries = layer.LayerNorm("norm3", queries, NormEps);
        keys = keys + Attention(layer.At("cross_attn_image_to_token"), heads, keys + keyPositions, queries + queryPositions, queries);
        return scope.MoveToOuter(queries, layer.LayerNorm("norm4", keys, NormEps));
    }

    /// <summary>Queries [B or 1, Q, N], keys and values [B or 1, K, N] to [B, Q, N].</summary>
    private static Tensor Attention(Weights attention, int heads, Tensor queries, Tensor keys, Tensor values)
    {
        using var scope = NewDisposeScope();
        var query = Heads(Project(attention, "q_proj", queries), heads);
        var key = Heads(attention.Linear("k_proj", keys), heads);
        var value = Heads(Project(attention, "v_proj", values), heads);
        var scores = query.matmul(key.permute(0, 1, 3, 2)) / Math.Sqrt(query.shape[3]);
        var attended = scores.softmax(-1).matmul(value).transpose(1, 2).flatten(2);
        return attention.Linear("out_proj", attended).MoveToOuterDisposeScope();
    }

    private static Tensor Project(Weights attention, string projection, Tensor x)
    {
        if (!attention.Has($"{projection}.w_a.weight"))
        {
            return attention.Linear(projection, x);
        }
        var lora = attention.At(projection);
        return lora.Linear("proj", x) + lora.Linear("w_b", lora.Linear("w_a", x));
    }

    private static Tensor Heads(Tensor x, int heads) => x.reshape(x.shape[0], x.shape[1], heads, x.shape[2] / heads).transpose(1, 2);

    private static Tensor Upscale(Weights upscaling, Tensor image)
    {
        using var scope = NewDisposeScope();
        long[] two = [2, 2];
        var first = functional.conv_transpose2d(image, upscaling["0.weight"], upscaling["0.bias"], strides: two);
        var second = functional.conv_transpose2d(
            functional.gelu(upscaling.LayerNorm2d("1", first)), upscaling["3.weight"], upscaling["3.bias"], strides: two);
        return functional.gelu(second).MoveToOuterDisposeScope();
    }

    private static Tensor Mlp(Weights mlp, int depth, Tensor x)
    {
        for (var layer = 0; layer < depth; layer++)
        {
            x = mlp.Linear($"layers.{layer}", x);
            x = layer < depth - 1 ? x.relu() : x;
        }
        return x;
    }
}
