using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>Checks before any training that what a fitted model will give can be evaluated.</summary>
internal static class ScoredShape
{
    /// <summary>Asks the estimator for its output's columns, and the data for the numbers, sizes and spacings of their slices.</summary>
    /// <exception cref="Transforms.SchemaMismatchException">A column will be missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">A case lacks slices or has one twice, or its slices differ in size or spacing.</exception>
    /// <exception cref="ArgumentException">A class has no name, or fewer are named than the label column has.</exception>
    public static void Check(MLContext context, IDataView data, IEstimator<ITransformer> estimator, EvaluationColumns names, DistanceUnit unit, IReadOnlyList<string>? classes,
        CancellationToken cancellation)
    {
        ScoredClasses.RefuseUnnamed(classes);
        var shape = estimator.GetOutputSchema(ShapeOf(context, data));
        InputColumns.RequireScalar(shape, names.Case, "case", TextDataViewType.Instance);
        InputColumns.RequireScalar(shape, names.Slice, "slice", NumberDataViewType.Int32);
        var label = InputColumns.RequireVector(shape, names.Label, "label", NumberDataViewType.Byte);
        var predicted = InputColumns.RequireVector(shape, names.PredictedLabel, "predicted label", NumberDataViewType.Byte);
        RefuseFewerClasses(data, label, classes);
        var sizesAreColumns = label.Kind == SchemaShape.Column.VectorKind.VariableVector && predicted.Kind == SchemaShape.Column.VectorKind.VariableVector;
        if (sizesAreColumns)
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
            // In millimetres the size of the slice in its file counts too: the spacing belongs to it.
            CaseGrids.Check(data, names, sizesAreColumns || unit == DistanceUnit.Millimetre, unit == DistanceUnit.Millimetre, cancellation);
        }
    }

    /// <summary>Names that a pipeline takes off the label column, by making another of it, say nothing about the classes that it will have.</summary>
    private static void RefuseFewerClasses(IDataView data, SchemaShape.Column label, IReadOnlyList<string>? classes)
    {
        if (classes is not null && label.Annotations.Any(annotation => annotation.Name == ClassNames.Kind)
            && data.Schema.GetColumnOrNull(label.Name) is { } column && ClassNames.TryRead(column) is { } there && there.Count > classes.Count)
        {
            throw new ArgumentException($"The classes to score are {classes.Count} ({string.Join(", ", classes)}), but the label column '{label.Name}' has {there.Count} " +
                $"({string.Join(", ", there)}). Name all of them, or leave the names out to take those of the column.", nameof(classes));
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
