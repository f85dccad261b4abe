using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using SAMed.MLNet.Transforms.Rows.Saving;

namespace SAMed.MLNet.Transforms.Tests.Rows.Saving;

/// <summary>A transformer of another assembly than the plumbing's: Total = weight · sum(Values) + Rows, and Signs = 1 where a value is positive, if wanted.</summary>
/// <param name="state">Weight, and padding that makes the state as long as one likes.</param>
/// <param name="inputs">Columns for values, rows.</param>
/// <param name="total">Column for the total.</param>
/// <param name="signs">Column for the signs; null for none.</param>
internal sealed class WeightedSum(SavedState state, (string Values, string Rows) inputs, string total, string? signs) : ITransformer
{
    public const string Kind = "WeightedSum";

    public bool IsRowToRowMapper => true;

    public void Save(ModelSaveContext ctx) => StockChain.Save(
        ctx, state, WeightedSumContract.Name, new WeightedSumContract(),
        [(inputs.Values, "test.values"), (inputs.Rows, "test.rows")],
        signs is null ? [("test.total", total)] : [("test.total", total), ("test.signs", signs)]);

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => throw new NotSupportedException();

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

    public IDataView Transform(IDataView input) => throw new NotSupportedException();
}

internal sealed record Weight(float Factor, string Padding = "");

[CustomMappingFactoryAttribute(Name)]
internal sealed class WeightedSumContract : CustomMappingFactory<WeightedSumContract.Input, WeightedSumContract.Output>
{
    public const string Name = "SAMed.MLNet.Tests.WeightedSum";

    private static int _opened;

    /// <summary>How many states were opened in this process.</summary>
    public static int Opened => Volatile.Read(ref _opened);

    public override Action<Input, Output> GetMapping()
    {
        var states = new StateCache<Weight>(saved =>
        {
            Interlocked.Increment(ref _opened);
            return saved.Read<Weight>(WeightedSum.Kind);
        });
        return (input, output) =>
        {
            float[] values = [.. input.Values.DenseValues()];
            output.Total = (states.Of(input.State).Factor * values.Sum()) + input.Rows;
            byte[] signs = [.. values.Select(value => (byte)(value > 0 ? 1 : 0))];
            output.Signs = new(signs.Length, signs);
        };
    }

    internal sealed class Input
    {
        [ColumnName(StockChain.StateColumn)]
        public ReadOnlyMemory<char> State { get; set; }

        [ColumnName("test.values")]
        public VBuffer<float> Values { get; set; }

        [ColumnName("test.rows")]
        public int Rows { get; set; }
    }

    internal sealed class Output
    {
        [ColumnName("test.total")]
        public float Total { get; set; }

        [ColumnName("test.signs")]
        public VBuffer<byte> Signs { get; set; }
    }
}
