using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>What an attention over a grid of tokens is computed from.</summary>
/// <param name="Tiling">Which tokens attend to which.</param>
/// <param name="Scale">What queries are multiplied with, 1 / sqrt(c). Kept by its owner: a scalar made for one call can be finalised while libtorch reads it.</param>
/// <param name="Query">[B, H, W, heads, c], not scaled.</param>
/// <param name="Keys">[B, H, W, heads, c].</param>
/// <param name="Values">[B, H, W, heads, c].</param>
/// <param name="Rows">[B, H, W, heads, rows]: what the position adds to a query's product with the keys of each row.</param>
/// <param name="Columns">[B, H, W, heads, columns], the same for columns.</param>
/// <param name="PadKey">[heads, c], the key of every place of a window that lies outside the image.</param>
/// <param name="PadValue">[heads, c], the value of such a place.</param>
internal sealed record AttentionInput(AttentionTiling Tiling, Scalar Scale, Tensor Query, Tensor Keys, Tensor Values, Tensor Rows, Tensor Columns, Tensor PadKey, Tensor PadValue)
{
    /// <summary>The tensors in the order of the parameters.</summary>
    public IReadOnlyList<Tensor> Tensors => [Query, Keys, Values, Rows, Columns, PadKey, PadValue];

    /// <summary>The input whose <see cref="Tensors"/> are <paramref name="tensors"/>.</summary>
    public static AttentionInput Of(AttentionTiling tiling, Scalar scale, IReadOnlyList<Tensor> tensors) =>
        new(tiling, scale, tensors[0], tensors[1], tensors[2], tensors[3], tensors[4], tensors[5], tensors[6]);

    /// <summary>The tiles of the grid.</summary>
    public IEnumerable<AttentionTile> Tiles() => Tiling.Tiles(Values.shape);

    /// <summary>[places, rows + columns]: ones at the row and column of every place of a tile.</summary>
    public Tensor Places() => RelativePosition.Places(Rows.shape[^1], Columns.shape[^1], Keys);
}
