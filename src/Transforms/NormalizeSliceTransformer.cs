using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;
using SAMed.MLNet.Transforms.Rows.Saving;

namespace SAMed.MLNet.Transforms;

/// <summary>Brings slices from file intensities to [0, 1] by an intensity window. See <see cref="HuWindow"/> for the maths.</summary>
public sealed class NormalizeSliceTransformer : ITransformer
{
    internal const string Kind = "NormalizeSlice";
    private readonly NormalizeSliceState _state;

    internal NormalizeSliceTransformer(NormalizeSliceState state) => _state = state;

    /// <summary>The column that is added.</summary>
    public string OutputColumnName => _state.Output;

    /// <summary>The column that is read.</summary>
    public string InputColumnName => _state.Input;

    /// <summary>Becomes 0.</summary>
    public float WindowMin => _state.Min;

    /// <summary>Becomes 1.</summary>
    public float WindowMax => _state.Max;

    /// <summary>Always true.</summary>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    /// <exception cref="SchemaMismatchException">The input column is missing or no Vector&lt;Single&gt;.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new Mapping(_state, inputSchema).OutputSchema;
    }

    /// <inheritdoc/>
    /// <exception cref="SchemaMismatchException">As <see cref="GetOutputSchema"/>.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new RowMapper(new Mapping(_state, inputSchema));
    }

    /// <inheritdoc/>
    /// <exception cref="SchemaMismatchException">As <see cref="GetOutputSchema"/>.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new MappedDataView(input, new Mapping(_state, input.Schema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => StockChain.Save(
        ctx, SavedState.Of(Kind, _state), NormalizeSliceContract.Name, new NormalizeSliceContract(),
        [(_state.Input, NormalizeSliceContract.InputColumn)], [(NormalizeSliceContract.OutputColumn, _state.Output)]);

    internal static NormalizeSliceTransformer FromState(SavedState saved) => new(saved.Read<NormalizeSliceState>(Kind));

    private sealed class Mapping : RowMapping
    {
        private readonly NormalizeSliceState _state;
        private readonly DataViewSchema.Column _input;

        public Mapping(NormalizeSliceState state, DataViewSchema schema)
            : base(schema, [Output(state, schema)])
        {
            (_state, _input) = (state, schema[state.Input]);
        }

        public override IEnumerable<int> Dependencies(int added) => [_input.Index];

        public override Delegate?[] CreateGetters(DataViewRow input, bool[] active)
        {
            if (!active[0])
            {
                return [null];
            }
            var read = input.GetGetter<VBuffer<float>>(input.Schema[_input.Index]);
            VBuffer<float> slice = default;
            return [(ValueGetter<VBuffer<float>>)((ref VBuffer<float> result) =>
            {
                read(ref slice);
                _state.Apply(slice, ref result);
            })];
        }

        private static AddedColumn Output(NormalizeSliceState state, DataViewSchema schema)
        {
            var input = InputColumns.RequireVector(schema, state.Input, "image", NumberDataViewType.Single);
            return new(state.Output, input.Type, input.Annotations);
        }
    }
}

/// <summary>What the transformer needs to know, as it is saved.</summary>
internal sealed record NormalizeSliceState(string Output, string Input, float Min, float Max)
{
    /// <summary>Window, then zeros where there is no value.</summary>
    public void Apply(in VBuffer<float> slice, ref VBuffer<float> result)
    {
        var editor = VBufferEditor.Create(ref result, slice.Length);
        slice.CopyTo(editor.Values);
        HuWindow.Normalize(editor.Values, editor.Values, Min, Max);
        NonFinite.ToZero(editor.Values);
        result = editor.Commit();
    }
}
