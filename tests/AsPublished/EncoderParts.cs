using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.AsPublished;

/// <summary>The image encoder in the plain formulation: filled windows, explicit attention, updates added to the projection's slices.</summary>
internal static class EncoderParts
{
    private const double NormEps = 1e-6;

    /// <summary>[B, 3, S, S] to [B, S/P, S/P, D].</summary>
    public static Tensor PatchEmbed(Weights encoder, SamOptions options, Tensor images)
    {
        using var scope = NewDisposeScope();
        var patches = functional.conv2d(images, encoder["patch_embed.proj.weight"], encoder["patch_embed.proj.bias"], strides: [options.PatchSize, options.PatchSize]);
        return patches.permute(0, 2, 3, 1).MoveToOuterDisposeScope();
    }

    /// <summary>[B, H, W, D] to [B, H, W, D].</summary>
    public static Tensor Block(Weights block, SamOptions options, int window, Tensor x)
    {
        using var scope = NewDisposeScope();
        var attended = WindowedAttention(block.At("attn"), options.NumHeads, window, block.LayerNorm("norm1", x, NormEps));
        x = x + attended;
        return (x + Mlp(block.At("mlp"), block.LayerNorm("norm2", x, NormEps))).MoveToOuterDisposeScope();
    }

    /// <summary>Attention within windows of a side, or over the whole grid when the side is 0: [B, H, W, D] to [B, H, W, D].</summary>
    public static Tensor WindowedAttention(Weights attention, int heads, int window, Tensor x)
    {
        if (window == 0)
        {
            return Attention(attention, heads, x);
        }
        using var scope = NewDisposeScope();
        var (batch, height, width, dim) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        var (down, right) = ((window - height % window) % window, (window - width % window) % window);
        var filled = down + right > 0 ? functional.pad(x, [0, 0, 0, right, 0, down]) : x;
        var (rows, columns) = ((height + down) / window, (width + right) / window);
        var windows = filled.view(batch, rows, window, columns, window, dim).permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, window, window, dim);
        var joined = Attention(attention, heads, windows)
            .view(batch, rows, columns, window, window, dim).permute(0, 1, 3, 2, 4, 5).contiguous()
            .view(batch, height + down, width + right, dim);
        return joined.narrow(1, 0, height).narrow(2, 0, width).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>softmax(q k^T / sqrt(c) + relative position) v with every score stored: [B, H, W, D] to [B, H, W, D].</summary>
    public static Tensor Attention(Weights attention, int heads, Tensor x)
    {
        using var scope = NewDisposeScope();
        var (batch, height, width, dim) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        var channels = dim / heads;
        var parts = Qkv(attention, x).reshape(batch, height * width, 3, heads, channels).permute(2, 0, 3, 1, 4)
            .reshape(3, batch * heads, height * width, channels).unbind(0);
        var (query, key, value) = (parts[0], parts[1], parts[2]);
        var scores = (query * Math.Pow(channels, -0.5)).matmul(key.transpose(-2, -1));
        scores = AddPosition(scores, query, attention["rel_pos_h"], attention["rel_pos_w"], height, width);
        var attended = scores.softmax(-1).matmul(value)
            .view(batch, heads, height, width, channels).permute(0, 2, 3, 1, 4).reshape(batch, height, width, dim);
        return attention.Linear("proj", attended).MoveToOuterDisposeScope();
    }

    /// <summary>The joint projection [..., D] to [..., 3D]; low-rank updates are added to the query's and the value's slices in place.</summary>
    public static Tensor Qkv(Weights attention, Tensor x)
    {
        if (!attention.Has("qkv.linear_a_q.weight"))
        {
            return attention.Linear("qkv", x);
        }
        using var scope = NewDisposeScope();
        var lora = attention.At("qkv");
        var (joint, dim) = (lora.Linear("qkv", x), x.shape[^1]);
        joint.narrow(-1, 0, dim).add_(lora.Linear("linear_b_q", lora.Linear("linear_a_q", x)));
        joint.narrow(-1, 2 * dim, dim).add_(lora.Linear("linear_b_v", lora.Linear("linear_a_v", x)));
        return joint.MoveToOuterDisposeScope();
    }

    /// <summary>[B, D, h, w] to [B, N, h, w].</summary>
    public static Tensor Neck(Weights neck, Tensor x)
    {
        using var scope = NewDisposeScope();
        x = neck.LayerNorm2d("1", functional.conv2d(x, neck["0.weight"]));
        return neck.LayerNorm2d("3", functional.conv2d(x, neck["2.weight"], padding: [1, 1])).MoveToOuterDisposeScope();
    }

    private static Tensor Mlp(Weights mlp, Tensor x)
    {
        using var scope = NewDisposeScope();
        return mlp.Linear("lin2", functional.gelu(mlp.Linear("lin1", x))).MoveToOuterDisposeScope();
    }

    /// <summary>Adds q . rowTable[h - kh] and q . columnTable[w - kw], q unscaled, to scores [B*heads, H*W, H*W].</summary>
    private static Tensor AddPosition(Tensor scores, Tensor query, Tensor rowTable, Tensor columnTable, long height, long width)
    {
        using var scope = NewDisposeScope();
        var grid = query.reshape(-1, height, width, query.shape[2]);
        var byRow = einsum("bhwc,hkc->bhwk", grid, Steps(rowTable, height));
        var byColumn = einsum("bhwc,wkc->bhwk", grid, Steps(columnTable, width));
        var sum = scores.view(-1, height, width, height, width) + byRow.unsqueeze(-1) + byColumn.unsqueeze(-2);
        return sum.view(scores.shape).MoveToOuterDisposeScope();
    }

    /// <summary>[size, size, c]: the embedding of every step from a key to a query.</summary>
    private static Tensor Steps(Tensor table, long size)
    {
        using var scope = NewDisposeScope();
        var places = arange(size, device: table.device);
        return table[TensorIndex.Tensor(places.unsqueeze(1) - places.unsqueeze(0) + (size - 1))].MoveToOuterDisposeScope();
    }
}
