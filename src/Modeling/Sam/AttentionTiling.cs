using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>How the attention of a grid of tokens falls apart into tiles: a window with all of its heads, or, without windows, one head over the whole image.</summary>
/// <param name="Window">Side of a window in tokens; 0 for none.</param>
internal sealed record AttentionTiling(int Window)
{
    /// <summary>The tiles of a grid [B, H, W, heads, c]. Windows of the last row and column may reach over its edge.</summary>
    public IEnumerable<AttentionTile> Tiles(long[] shape)
    {
        var (height, width, heads) = (shape[1], shape[2], shape[3]);
        for (var image = 0L; image < shape[0]; image++)
        {
            if (Window == 0)
            {
                for (var head = 0L; head < heads; head++)
                {
                    yield return new(image, head, 1, 0, height, 0, width, height, width);
                }
                continue;
            }
            for (var top = 0L; top < height; top += Window)
            {
                for (var left = 0L; left < width; left += Window)
                {
                    yield return new(image, 0, heads, top, Math.Min(Window, height - top), left, Math.Min(Window, width - left), Window, Window);
                }
            }
        }
    }
}

/// <summary>A rectangle of tokens of one image, with some of its heads, that attends to itself. Its keys fill <paramref name="KeyRows"/> × <paramref name="KeyColumns"/> places.</summary>
internal readonly record struct AttentionTile(long Image, long Head, long Heads, long Top, long Rows, long Left, long Columns, long KeyRows, long KeyColumns)
{
    private bool IsWhole => Rows == KeyRows && Columns == KeyColumns;

    /// <summary>The tile of a grid [B, H, W, heads, c] as [heads, tokens, c].</summary>
    public Tensor Take(Tensor grid) => Grid(grid).reshape(Heads, Rows * Columns, grid.shape[4]);

    /// <summary>As <see cref="Take"/>, over all places; those outside the image get <paramref name="pad"/> [heads, c].</summary>
    private Tensor Fill(Tensor grid, Tensor pad)
    {
        if (IsWhole)
        {
            return Take(grid);
        }
        var channels = grid.shape[4];
        var places = pad.view(Heads, 1, 1, channels).expand(Heads, KeyRows, KeyColumns, channels).contiguous();
        places.narrow(1, 0, Rows).narrow(2, 0, Columns).copy_(Grid(grid));
        return places.view(Heads, KeyRows * KeyColumns, channels);
    }

    /// <summary>The scaled queries of the tile, each with its position terms behind its channels: [heads, tokens, c + rows + columns].</summary>
    public Tensor Queries(AttentionInput input) => cat([Take(input.Query) * input.Scale, Take(input.Rows), Take(input.Columns)], -1);

    /// <summary>The keys over all places, each with ones at its row and column behind its channels: [heads, places, c + rows + columns].</summary>
    public Tensor Keys(AttentionInput input, Tensor places) =>
        cat([Fill(input.Keys, input.PadKey), places.unsqueeze(0).expand(Heads, places.shape[0], places.shape[1])], -1);

    /// <summary>The values over all places, [heads, places, c].</summary>
    public Tensor Values(AttentionInput input) => Fill(input.Values, input.PadValue);

    /// <summary>Writes [heads, tokens, c] to the tile's place in a grid.</summary>
    public void Put(Tensor grid, Tensor values) => Grid(grid).copy_(values.reshape(Heads, Rows, Columns, values.shape[2]));

    /// <summary>Writes [heads, places, c] to the tile's place in a grid; what lies outside the image is added to <paramref name="pad"/> [heads, c].</summary>
    public void PutFilled(Tensor grid, Tensor pad, Tensor values)
    {
        var places = values.reshape(Heads, KeyRows, KeyColumns, values.shape[2]);
        Grid(grid).copy_(places.narrow(1, 0, Rows).narrow(2, 0, Columns));
        if (!IsWhole)
        {
            var below = places.narrow(1, Rows, KeyRows - Rows).sum([1, 2]);
            var beside = places.narrow(1, 0, Rows).narrow(2, Columns, KeyColumns - Columns).sum([1, 2]);
            pad.add_(below).add_(beside);
        }
    }

    /// <summary>The tile's own part of a grid as a view [heads, rows, columns, c].</summary>
    private Tensor Grid(Tensor grid) => grid.select(0, Image).narrow(0, Top, Rows).narrow(1, Left, Columns).narrow(2, Head, Heads).permute(2, 0, 1, 3);
}
