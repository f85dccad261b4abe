using SAMed.MLNet.Modeling.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Multi-head self-attention over a grid of tokens with decomposed relative positions: [B, H, W, D] to [B, H, W, D]. SAM, modeling/image_encoder.py.</summary>
internal sealed class EncoderAttention : Module<Tensor, Tensor>
{
    private readonly Parameter rel_pos_h;
    private readonly Parameter rel_pos_w;
    private readonly Module<Tensor, Tensor> qkv;
    private readonly Linear proj;
    private readonly int _heads;

    /// <param name="qkv">The joint projection, plain or adapted.</param>
    /// <param name="dim">D.</param>
    /// <param name="heads">Heads, a divisor of D.</param>
    /// <param name="gridSize">Tokens along a side of the attended square: the window's or the image's.</param>
    /// <param name="device">Where the parameters are made.</param>
    public EncoderAttention(Module<Tensor, Tensor> qkv, int dim, int heads, int gridSize, Device device) : base(nameof(EncoderAttention))
    {
        _heads = heads;
        rel_pos_h = new Parameter(zeros(2 * gridSize - 1, dim / heads, device: device));
        rel_pos_w = new Parameter(zeros(2 * gridSize - 1, dim / heads, device: device));
        this.qkv = qkv;
        proj = Linear(dim, dim, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (batch, height, width, dim) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        var parts = qkv.CallAs(x)
            .view(batch, height * width, 3, _heads, dim / _heads)
            .permute(2, 0, 3, 1, 4)                                                           // [3, B, heads, H*W, c]
            .unbind(0);
        var attended = Attend(parts[0], parts[1], parts[2], height, width)                    // [B, heads, H*W, c]
            .transpose(1, 2).reshape(batch, height, width, dim);
        return proj.CallAs(attended).MoveToOuterDisposeScope();
    }

    /// <summary>softmax(q k^T / sqrt(c) + row term + column term) v with the position folded into longer queries and keys:
    /// q' = [q / sqrt(c), row term, column term], k' = [k, one-hot row, one-hot column], so no [N, N] position tensor is made and the fused kernels apply.</summary>
    private Tensor Attend(Tensor query, Tensor key, Tensor value, long height, long width)
    {
        var (batch, channels) = (query.shape[0], query.shape[3]);
        var grid = query.reshape(batch * _heads, height, width, channels);
        var (rows, columns) = RelativePosition.Terms(
            grid, RelativePosition.Gather(rel_pos_h, height, height).As(grid), RelativePosition.Gather(rel_pos_w, width, width).As(grid));
        var length = channels + height + width;
        var scale = Math.Sqrt(length);                                                        // undoes the fused kernel's own 1 / sqrt(length)
        var longQuery = cat([grid * (scale / Math.Sqrt(channels)), rows * scale, columns * scale], -1)
            .view(batch, _heads, height * width, length);
        var places = PlacesOf(height, width, key).expand(batch, _heads, height * width, height + width);
        var longKey = cat([key, places], -1);
        var longValue = functional.pad(value, [0, height + width]);                           // fused kernels want equal lengths
        return functional.scaled_dot_product_attention(longQuery, longKey, longValue).narrow(-1, 0, channels);
    }

    /// <summary>[H*W, H+W]: ones at each token's row and, behind it, at its column.</summary>
    private static Tensor PlacesOf(long height, long width, Tensor like)
    {
        var row = eye(height, dtype: like.dtype, device: like.device).unsqueeze(1).expand(height, width, height);
        var column = eye(width, dtype: like.dtype, device: like.device).unsqueeze(0).expand(height, width, width);
        return cat([row, column], -1).view(height * width, height + width);
    }
}
