using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>How the attention of a grid of tokens falls apart into tiles: some windows of one size with all of their heads, or, without windows, one head over the whole image.</summary>
/// <param name="Window">Side of a window in tokens; 0 for none.</param>
internal sealed record AttentionTiling(int Window)
{
    /// <summary>Most windows of a tile along each axis. Every call of libtorch has a cost of its own, so one window at a time is slower; the scores of many would not fit the cache.</summary>
    private const long Together = 2;

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
                    yield return new(image, head, 1, new(0, 1, height), new(0, 1, width), height, width);
                }
                continue;
            }
            foreach (var rows in Spans(height))
            {
                foreach (var columns in Spans(width))
                {
                    yield return new(image, 0, heads, rows, columns, Window, Window);
                }
            }
        }
    }

    /// <summary>Whole windows along an axis, some at a time, and at last the part of one that is inside the image.</summary>
    private IEnumerable<TileSpan> Spans(long length)
    {
        var whole = length / Window;
        for (var first = 0L; first < whole; first += Together)
        {
            yield return new(first * Window, Math.Min(Together, whole - first), Window);
        }
        if (length % Window > 0)
        {
            yield return new(whole * Window, 1, length % Window);
        }
    }
}

/// <summary>Windows that follow one another along an axis: the place of the first, how many they are, and how much of each lies inside the image.</summary>
internal readonly record struct TileSpan(long Start, long Windows, long Length)
{
    /// <summary>Tokens of all of them.</summary>
    public long Tokens => Windows * Length;
}

/// <summary>A rectangle of windows of one image, with some of its heads, of which each attends to itself. A window's keys fill <paramref name="KeyRows"/> × <paramref name="KeyColumns"/> places.
/// Below, "all" are the windows' heads one after the other: windows × heads.</summary>
internal readonly record struct AttentionTile(long Image, long Head, long Heads, TileSpan Rows, TileSpan Columns, long KeyRows, long KeyColumns)
{
    private static readonly Scalar One = 1;

    private bool IsWhole => Rows.Length == KeyRows && Columns.Length == KeyColumns;

    private long All => Rows.Windows * Columns.Windows * Heads;

    /// <summary>The tile of a grid [B, H, W, heads, c] as [all, tokens, c].</summary>
    public Tensor Take(Tensor grid) => Grid(grid).reshape(All, Rows.Length * Columns.Length, grid.shape[4]);

    /// <summary>As <see cref="Take"/>, over all places; those outside the image get <paramref name="pad"/> [heads, c].</summary>
    private Tensor Fill(Tensor grid, Tensor pad)
    {
        if (IsWhole)
        {
            return Take(grid);
        }
        var channels = grid.shape[4];
        var places = pad.view(1, 1, Heads, 1, 1, channels).expand(Rows.Windows, Columns.Windows, Heads, KeyRows, KeyColumns, channels).contiguous();
        places.narrow(3, 0, Rows.Length).narrow(4, 0, Columns.Length).copy_(Grid(grid));
        return places.view(All, KeyRows * KeyColumns, channels);
    }

    /// <summary>The scaled queries of the tile, each with its position terms behind its channels: [all, tokens, c + rows + columns].</summary>
    public Tensor Queries(AttentionInput input) => cat([Take(input.Query) * input.Scale, Take(input.Rows), Take(input.Columns)], -1);

    /// <summary>The keys over all places, each with ones at its row and column behind its channels: [all, places, c + rows + columns].</summary>
    public Tensor Keys(AttentionInput input, Tensor places) =>
        cat([Fill(input.Keys, input.PadKey), places.unsqueeze(0).expand(All, places.shape[0], places.shape[1])], -1);

    /// <summary>The values over all places, [all, places, c].</summary>
    public Tensor Values(AttentionInput input) => Fill(input.Values, input.PadValue);

    /// <summary>Writes [all, tokens, c] to the tile's place in a grid.</summary>
    public void Put(Tensor grid, Tensor values) => Grid(grid).copy_(values.reshape(Rows.Windows, Columns.Windows, Heads, Rows.Length, Columns.Length, values.shape[2]));

    /// <summary>Writes [all, places, c] to the tile's place in a grid; what lies outside the image is added to <paramref name="pad"/> [heads, c].</summary>
    public void PutFilled(Tensor grid, Tensor pad, Tensor values)
    {
        var places = values.reshape(Rows.Windows, Columns.Windows, Heads, KeyRows, KeyColumns, values.shape[2]);
        var inside = places.narrow(3, 0, Rows.Length);
        Grid(grid).copy_(inside.narrow(4, 0, Columns.Length));
        if (!IsWhole)
        {
            pad.add_(SumOfHeads(places.narrow(3, Rows.Length, KeyRows - Rows.Length)), One);
            pad.add_(SumOfHeads(inside.narrow(4, Columns.Length, KeyColumns - Columns.Length)), One);
        }
    }

    private static Tensor SumOfHeads(Tensor places) => places.sum([0, 1, 3, 4]);

    /// <summary>The tile's own part of a grid as a view [windows down, windows across, heads, rows, columns, c].</summary>
    private Tensor Grid(Tensor grid) => grid.select(0, Image).narrow(0, Rows.Start, Rows.Tokens).narrow(1, Columns.Start, Columns.Tokens).narrow(2, Head, Heads)
        .view(Rows.Windows, Rows.Length, Columns.Windows, Columns.Length, Heads, grid.shape[4]).permute(0, 2, 4, 1, 3, 5);
}
