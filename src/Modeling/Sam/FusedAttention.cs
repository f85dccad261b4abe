using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>The same attention as <see cref="TiledAttention"/> by libtorch's fused kernels, which are the fast way on a GPU: all windows in one call.</summary>
internal static class FusedAttention
{
    /// <summary>The attention of all tiles, [B, H, W, heads, c].</summary>
    public static Tensor Run(AttentionInput input)
    {
        using var scope = NewDisposeScope();
        var (values, window) = (input.Values, input.Tiling.Window);
        var (height, width, channels) = (values.shape[1], values.shape[2], values.shape[4]);
        var (rows, columns) = ((int)input.Rows.shape[^1], (int)input.Columns.shape[^1]);
        var length = channels + rows + columns;
        var scale = Math.Sqrt(length);
        // The positions are folded into longer queries and keys, so no tensor of scores is made; the kernel's own 1 / sqrt(length) is undone.
        var query = Heads(cat([input.Query.Times(scale * input.Scale.ToDouble()), input.Rows.Times(scale), input.Columns.Times(scale)], -1), null, rows, columns);
        var key = Heads(input.Keys, input.PadKey, rows, columns);
        var places = RelativePosition.Places(rows, columns, key);
        var longKey = cat([key, places.expand(key.shape[0], key.shape[1], places.shape[0], places.shape[1])], -1);
        var longValue = functional.pad(Heads(values, input.PadValue, rows, columns), [0, length - channels]);   // fused kernels want equal lengths
        var attended = functional.scaled_dot_product_attention(query, longKey, longValue).narrow(-1, 0, channels);
        return Grid(attended, window, height, width).MoveToOuterDisposeScope();
    }

    /// <summary>[B, H, W, heads, c] to [B * windows, heads, places, c]; places outside the image hold <paramref name="pad"/> or zeros.</summary>
    private static Tensor Heads(Tensor grid, Tensor? pad, int rows, int columns)
    {
        var (heads, channels) = (grid.shape[3], grid.shape[4]);
        var filled = pad is null ? grid : Fill(grid, pad, rows, columns);
        var flat = filled.reshape(filled.shape[0], filled.shape[1], filled.shape[2], heads * channels);
        var windows = rows == grid.shape[1] && columns == grid.shape[2] ? flat : WindowPartition.Split(flat, rows);
        return windows.reshape(windows.shape[0], rows * columns, heads, channels).transpose(1, 2);
    }

    private static Tensor Fill(Tensor grid, Tensor pad, int rows, int columns)
    {
        var (batch, height, width, heads, channels) = (grid.shape[0], grid.shape[1], grid.shape[2], grid.shape[3], grid.shape[4]);
        var (below, beside) = ((rows - (height % rows)) % rows, (columns - (width % columns)) % columns);
        var place = pad.view(1, 1, 1, heads, channels);
        var wide = beside == 0 ? grid : cat([grid, place.expand(batch, height, beside, heads, channels)], 2);
        return below == 0 ? wide : cat([wide, place.expand(batch, below, width + beside, heads, channels)], 1);
    }

    /// <summary>[B * windows, heads, places, c] to [B, H, W, heads, c].</summary>
    private static Tensor Grid(Tensor attended, int window, long height, long width)
    {
        var (heads, channels) = (attended.shape[1], attended.shape[3]);
        var (rows, columns) = window > 0 ? (window, window) : (height, width);
        var flat = attended.transpose(1, 2).reshape(attended.shape[0], rows, columns, heads * channels);
        var joined = window > 0 ? WindowPartition.Join(flat, window, height, width) : flat;
        return joined.reshape(joined.shape[0], height, width, heads, channels);
    }
}
