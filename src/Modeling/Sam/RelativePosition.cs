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

    /// <summary>What the position adds to attention before the softmax, split by axis: row term [B, H, W, keyRows] and column term [B, H, W, keyColumns].</summary>
    /// <param name="query">[B, H, W, C] queries, not scaled.</param>
    /// <param name="rows">[H, keyRows, C] from <see cref="Gather"/>.</param>
    /// <param name="columns">[W, keyColumns, C] from <see cref="Gather"/>.</param>
    public static (Tensor Rows, Tensor Columns) Terms(Tensor query, Tensor rows, Tensor columns)
    {
        using var scope = NewDisposeScope();
        var byRow = query.matmul(rows.transpose(1, 2));                                       // [B, H, W, C] x [H, C, kH]
        var byColumn = query.transpose(1, 2).matmul(columns.transpose(1, 2)).transpose(1, 2); // [B, W, H, C] x [W, C, kW]
        return scope.MoveToOuter(byRow, byColumn);
    }
}
