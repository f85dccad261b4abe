using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Transforms;

/// <summary>Brings slices from file intensities to [0, 1] by an intensity window. Nothing is learned from the data.</summary>
public sealed class NormalizeSliceEstimator : IEstimator<NormalizeSliceTransformer>
{
    private readonly NormalizeSliceState _state;

    /// <summary>Windows <paramref name="inputColumnName"/> into <paramref name="outputColumnName"/>.</summary>
    /// <param name="outputColumnName">The column to add, Vector&lt;Single&gt; of the input's size, in [0, 1].</param>
    /// <param name="inputColumnName">The column to read, Vector&lt;Single&gt; in file intensities (HU for CT); null = <paramref name="outputColumnName"/>.</param>
    /// <param name="lo">Becomes 0, as does NaN.</param>
    /// <param name="hi">Becomes 1.</param>
    /// <exception cref="ArgumentException">A name is empty, or the window is not finite and increasing.</exception>
    public NormalizeSliceEstimator(string outputColumnName, string? inputColumnName = null, float lo = HuWindow.PaperMinHu, float hi = HuWindow.PaperMaxHu)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        if (!(lo < hi) || !float.IsFinite(hi - lo))
        {
            throw new ArgumentException(FormattableString.Invariant($"The window must be finite with its lower end first, got {lo} to {hi}."), nameof(lo));
        }
        _state = new(outputColumnName, string.IsNullOrEmpty(inputColumnName) ? outputColumnName : inputColumnName, lo, hi);
    }

    /// <inheritdoc/>
    /// <exception cref="SchemaMismatchException">The input column is missing or no Vector&lt;Single&gt;.</exception>
    public NormalizeSliceTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new NormalizeSliceTransformer(_state);
        _ = transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <inheritdoc/>
    /// <exception cref="SchemaMismatchException">The input column is missing or no Vector&lt;Single&gt;.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var input = InputColumns.RequireVector(inputSchema, _state.Input, "image", NumberDataViewType.Single);
        return SchemaShapes.With(inputSchema,
            SchemaShapes.Vector<float>(_state.Output, NumberDataViewType.Single, fixedSize: input.Kind == SchemaShape.Column.VectorKind.Vector));
    }
}
