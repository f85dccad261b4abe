using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;
using SAMed.MLNet.Transforms.Rows.Saving;

namespace SAMed.MLNet.Transforms;

/// <summary>Resizes slices of any size to a square. See <see cref="SplineResize"/> for the maths.</summary>
public sealed class ResizeSliceTransformer : ITransformer
{
    internal const string Kind = "ResizeSlice";
    private readonly ResizeSliceState _state;

    internal ResizeSliceTransformer(ResizeSliceState state) => _state = state;

    /// <summary>The column that is added.</summary>
    public string OutputColumnName => _state.Output;

    /// <summary>The column that is read.</summary>
    public string InputColumnName => _state.Input;

    /// <summary>Side of the square, in pixels.</summary>
    public int Size => _state.Size;

    /// <summary>Planes of every image.</summary>
    public int Channels => _state.Channels;

    /// <summary>Interpolation.</summary>
    public SplineOrder Order => _state.Order;

    /// <summary>Edge rule.</summary>
    public ZoomEdge Edge => _state.Edge;

    /// <summary>Always true.</summary>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    /// <exception cref="SchemaMismatchException">The input column, or a size column that it needs, is missing or of another type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Bind(inputSchema).OutputSchema;
    }

    /// <inheritdoc/>
    /// <exception cref="SchemaMismatchException">As <see cref="GetOutputSchema"/>.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new RowMapper(Bind(inputSchema));
    }

    /// <inheritdoc/>
    /// <exception cref="SchemaMismatchException">As <see cref="GetOutputSchema"/>.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new MappedDataView(input, Bind(input.Schema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => ResizeSliceContract.Save(ctx, SavedState.Of(Kind, _state), _state);

    internal static ResizeSliceTransformer FromState(SavedState saved) => new(saved.Read<ResizeSliceState>(Kind));

    /// <summary>The input column, of a type that the order allows.</summary>
    internal static DataViewSchema.Column Require(ResizeSliceState state, DataViewSchema schema)
    {
        var column = InputColumns.RequireVector(schema, state.Input, "slice", NumberDataViewType.Single, NumberDataViewType.Byte);
        RefuseCubicLabels(state, ((VectorDataViewType)column.Type).ItemType);
        return column;
    }

    internal static void RefuseCubicLabels(ResizeSliceState state, DataViewType itemType)
    {
        if (itemType.Equals(NumberDataViewType.Byte) && state.Order != SplineOrder.Nearest)
        {
            throw new SchemaMismatchException(state.Input,
                $"Schema mismatch for the slice column '{state.Input}': {state.Order} interpolation expects Vector<Single>, got Vector<Byte>. Between two class ids there is no third: use {nameof(SplineOrder)}.{nameof(SplineOrder.Nearest)}.");
        }
    }

    private RowMapping Bind(DataViewSchema schema) => ((VectorDataViewType)Require(_state, schema).Type).ItemType.Equals(NumberDataViewType.Byte)
        ? new ResizeSliceMapping<byte>(_state, schema, _state.Apply)
        : new ResizeSliceMapping<float>(_state, schema, _state.Apply);
}
