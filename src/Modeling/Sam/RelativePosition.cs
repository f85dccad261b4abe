using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Relative position embeddings, one table per axis. SAM, modeling/image_encoder.py, after Li et al., MViTv2 (2022).</summary>
internal static class RelativePosition
{
    /// <summary>The embedding of every pair of positions, [queries, keys, C], from a <paramref name="table"/> [L, C], which is first resized linearly
    /// when L is not 2*max(queries, keys)-1.</summary>
    public static Tensor Gather(Tensor table, long queries, long keys)
    {
        using var scope = NewDisposeScope();
        var length = 2 * Math.Max(queries, keys) - 1;
        if (table.shape[0] != length)
        {
            table = Resampling.Linear(table, length);
        }
        // Grids of different size are laid over each other, so that steps are those of the larger one.
        var query = arange(queries, device: table.device).unsqueeze(1) * Math.Max(keys / (double)queries, 1.0);
        var key = arange(keys, device: table.device).unsqueeze(0) * Math.Max(queries / (double)keys, 1.0);
        var index = (query - key + (keys - 1) * Math.Max(queries / (double)keys, 1.0)).to_type(ScalarType.Int64);
        return table[TensorIndex.Tensor(index)].MoveToOuterDisposeScope();
    }

    /// <summary>What the position adds to attention before the softmax, split by axis: row term [B, H, W, heads, rows] and column term [B, H, W, heads, columns].</summary>
    /// <param name="query">[B, H, W, heads, C].</param>
    /// <param name="rows">[H, rows, C]: for every row of the grid, the embeddings from <see cref="Gather"/>.</param>
    /// <param name="columns">[W, columns, C], the same for its columns.</param>
    public static (Tensor Rows, Tensor Columns) Terms(Tensor query, Tensor rows, Tensor columns)
    {
        using var scope = NewDisposeScope();
        var (batch, height, width, heads, channels) = (query.shape[0], query.shape[1], query.shape[2], query.shape[3], query.shape[4]);
        var byRow = query.reshape(batch, height, width * heads, channels).matmul(rows.transpose(1, 2));          // [B, H, W*heads, rows]
        var byColumn = query.transpose(1, 2).reshape(batch, width, height * heads, channels).matmul(columns.transpose(1, 2));
        return scope.MoveToOuter(
            byRow.view(batch, height, width, heads, rows.shape[1]),
            byColumn.view(batch, width, height, heads, columns.shape[1]).transpose(1, 2));
    }

    /// <summary>[rows * columns, rows + columns]: ones at each token's row and, behind it, at its column.</summary>
    public static Tensor Places(long rows, long columns, Tensor like)
    {
        using var scope = NewDisposeScope();
        var row = eye(rows, dtype: like.dtype, device: like.device).unsqueeze(1).expand(rows, columns, rows);
        var column = eye(columns, dtype: like.dtype, device: like.device).unsqueeze(0).expand(rows, columns, columns);
        return cat([row, column], -1).view(rows * columns, rows + columns).MoveToOuterDisposeScope();
    }
}
