using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace SAMed.MLNet.Estimators.Tests.Evaluation;

/// <summary>An estimator whose models predict the truth, but for as many pixels at the start of each organ's row as models were fitted before.
/// Notes what it was fitted on and what became of its models.</summary>
internal sealed class FakeSegmentation(MLContext ml, string output = "PredictedLabel") : IEstimator<FakeSegmentation.Model>
{
    public List<Model> Models { get; } = [];

    /// <summary>Called with the number of the fit, from 0 on, before it makes its model.</summary>
    public Action<int>? Fitting { get; init; }

    public Model Fit(IDataView input)
    {
        Fitting?.Invoke(Models.Count);
        string[] cases = [.. input.GetColumn<string>("Case").Distinct()];
        Models.Add(new(Mapping(Models.Count).Fit(input), cases));
        return Models[^1];
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Mapping(0).GetOutputSchema(inputSchema);

    private CustomMappingEstimator<Truth, Guess> Mapping(int errors)
    {
        var schema = SchemaDefinition.Create(typeof(Guess));
        schema[0].ColumnName = output;
        return ml.Transforms.CustomMapping<Truth, Guess>((truth, guess) =>
        {
            guess.Predicted = [.. truth.Label];
            for (var i = 0; i < guess.Predicted.Length; i++)
            {
                var organStarts = i == 0 || truth.Label[i - 1] != truth.Label[i];
                guess.Predicted.AsSpan(i, organStarts ? Math.Min(errors, guess.Predicted.Length - i) : 0).Clear();
            }
        }, contractName: null, outputSchemaDefinition: schema);
    }

    /// <summary>A model that can be disposed, and says so.</summary>
    internal sealed class Model(ITransformer mapping, IReadOnlyList<string> trainCases) : ITransformer, IDisposable
    {
        public IReadOnlyList<string> TrainCases => trainCases;

        public bool IsDisposed { get; private set; }

        public bool IsRowToRowMapper => mapping.IsRowToRowMapper;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => mapping.GetOutputSchema(inputSchema);

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => mapping.GetRowToRowMapper(inputSchema);

        public IDataView Transform(IDataView input) => mapping.Transform(input);

        public void Save(ModelSaveContext ctx) => mapping.Save(ctx);

        public void Dispose() => IsDisposed = true;
    }

    private sealed class Truth
    {
        public byte[] Label { get; set; } = [];
    }

    private sealed class Guess
    {
        public byte[] Predicted { get; set; } = [];
    }
}
