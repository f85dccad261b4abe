using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Transforms;

/// <summary>Resizes slices of any size to a square: images by cubic spline, labels by nearest neighbour. Nothing is learned from the data.</summary>
public sealed class ResizeSliceEstimator : IEstimator<ResizeSliceTransformer>
{
    private readonly ResizeSliceState _state;

    /// <summary>Resizes <paramref name="inputColumnName"/> into <paramref name="outputColumnName"/>.</summary>
    /// <param name="outputColumnName">The column to add, a vector of <paramref name="size"/>×<paramref name="size"/>.</param>
    /// <param name="inputColumnName">The column to read: Vector&lt;Single&gt; (images), or Vector&lt;Byte&gt; (labels, <see cref="SplineOrder.Nearest"/> only); null = <paramref name="outputColumnName"/>.</param>
    /// <param name="size">Side of the square in pixels, 1 to 16,384; the reference uses 224 and 512.</param>
    /// <param name="order">Interpolation.</param>
    /// <param name="edge">Edge rule; <see cref="ZoomEdge.Paper"/> for the published behaviour.</param>
    /// <param name="heightColumnName">Int32 column with the input's rows, read when the input's type does not say them.</param>
    /// <param name="widthColumnName">Int32 column with the input's columns, likewise.</param>
    /// <param name="channels">Planes of every image, one after the other: 1, or 3 for pictures in colour. Labels have 1.</param>
    /// <exception cref="ArgumentException">A name is empty, or the size, order or edge is out of range.</exception>
    public ResizeSliceEstimator(
        string outputColumnName, string? inputColumnName = null, int size = 224, SplineOrder order = SplineOrder.Cubic, ZoomEdge edge = ZoomEdge.Exact,
        string heightColumnName = "Height", string widthColumnName = "Width", int channels = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(heightColumnName);
        ArgumentException.ThrowIfNullOrEmpty(widthColumnName);
        if (size is < 1 or > 16384)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "The size must be 1 to 16384 pixels.");
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (!Enum.IsDefined(order) || !Enum.IsDefined(edge))
        {
            throw new ArgumentException($"The order is Nearest or Cubic and the edge Exact or Paper, got {order} and {edge}.", Enum.IsDefined(order) ? nameof(edge) : nameof(order));
        }
        _state = new(outputColumnName, string.IsNullOrEmpty(inputColumnName) ? outputColumnName : inputColumnName, size, order, edge, heightColumnName, widthColumnName) { Channels = channels };
    }

    /// <inheritdoc/>
    /// <exception cref="SchemaMismatchException">The input column, or a size column that it needs, is missing or of another type.</exception>
    public ResizeSliceTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var column = ResizeSliceTransformer.Require(_state, input.Schema);
        var known = SliceSize.FixedOf(column.Type, _state.Channels);
        var transformer = new ResizeSliceTransformer(_state with
        {
            IsLabel = ((VectorDataViewType)column.Type).ItemType.Equals(NumberDataViewType.Byte),
            InputHeight = known?.Height,
            InputWidth = known?.Width,
        });
        _ = transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <inheritdoc/>
    /// <exception cref="SchemaMismatchException">The input column, or a size column that it needs, is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var input = InputColumns.RequireVector(inputSchema, _state.Input, "slice", NumberDataViewType.Single, NumberDataViewType.Byte);
        ResizeSliceTransformer.RefuseCubicLabels(_state, input.ItemType);
        if (input.Kind == SchemaShape.Column.VectorKind.VariableVector)
        {
            InputColumns.RequireScalar(inputSchema, _state.HeightColumn, "height", NumberDataViewType.Int32);
            InputColumns.RequireScalar(inputSchema, _state.WidthColumn, "width", NumberDataViewType.Int32);
        }
        return SchemaShapes.With(inputSchema, input.ItemType.Equals(NumberDataViewType.Byte)
            ? SchemaShapes.Vector<byte>(_state.Output, NumberDataViewType.Byte, fixedSize: true)
            : SchemaShapes.Vector<float>(_state.Output, NumberDataViewType.Single, fixedSize: true));
    }
}
