using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>Checks before any training that what a fitted model will give can be evaluated.</summary>
internal static class ScoredShape
{
    /// <summary>Asks the estimator for its output's columns, and the data for the numbers of their slices.</summary>
    /// <exception cref="Transforms.SchemaMismatchException">A column will be missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">A case lacks slices or has one twice.</exception>
    public static void Check(MLContext context, IDataView data, IEstimator<ITransformer> estimator, EvaluationColumns names, DistanceUnit unit, CancellationToken cancellation)
    {
        var shape = estimator.GetOutputSchema(ShapeOf(context, data));
        InputColumns.RequireScalar(shape, names.Case, "case", TextDataViewType.Instance);
        InputColumns.RequireScalar(shape, names.Slice, "slice", NumberDataViewType.Int32);
        var label = InputColumns.RequireVector(shape, names.Label, "label", NumberDataViewType.Byte);
        var predicted = InputColumns.RequireVector(shape, names.PredictedLabel, "predicted label", NumberDataViewType.Byte);
        if (label.Kind == SchemaShape.Column.VectorKind.VariableVector && predicted.Kind == SchemaShape.Column.VectorKind.VariableVector)
        {
            InputColumns.RequireScalar(shape, names.Height, "height", NumberDataViewType.Int32);
            InputColumns.RequireScalar(shape, names.Width, "width", NumberDataViewType.Int32);
        }
        if (unit == DistanceUnit.Millimetre)
        {
            foreach (var name in new[] { names.SpacingX, names.SpacingY, names.SpacingZ })
            {
                ScoredColumns.RequireSpacing(InputColumns.Has(shape, name), name);
                InputColumns.RequireScalar(shape, name, "spacing", NumberDataViewType.Single);
            }
        }
        if (data.Schema.GetColumnOrNull(names.Case) is { } caseColumn && data.Schema.GetColumnOrNull(names.Slice) is { } sliceColumn && sliceColumn.Type == NumberDataViewType.Int32)
        {
            CaseIndex.Of(data, caseColumn, sliceColumn, cancellation);
        }
    }

    /// <summary>The shape of a view's columns. ML.NET makes it for the estimators of a chain and has no other way to ask for it.</summary>
    private static SchemaShape ShapeOf(MLContext context, IDataView data)
    {
        var asked = new ShapeTaker(context.Transforms.CopyColumns(data.Schema[0].Name, data.Schema[0].Name));
        new EstimatorChain<ITransformer>().Append(asked).Fit(data);
        return asked.Shape!;
    }

    private sealed class ShapeTaker(IEstimator<ITransformer> nothing) : IEstimator<ITransformer>
    {
        public SchemaShape? Shape { get; private set; }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            Shape = inputSchema;
            return nothing.GetOutputSchema(inputSchema);
        }

        public ITransformer Fit(IDataView input) => nothing.Fit(input);
    }
}
