using Microsoft.ML;
using SAMed.MLNet.Estimators.Evaluation;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators;

public sealed partial class SegmentationCatalog
{
    /// <summary>Scores segmented slices as the volumes that they are of: put together by case and slice, in whatever order the rows come.</summary>
    /// <remarks>The data view is read twice: first only names and numbers of slices, then everything; a case is scored as soon as its last slice has come. Further columns
    /// go by the names that <see cref="EvaluationColumns"/> has by default; the other overload takes others. Sizes are those of the label columns' types, or of Height and
    /// Width. The classes are those that the label column, or else the predicted, names (LoadSlices with a label table, the trainer); without names, every class up to the
    /// highest that occurs, as "label 1" and so on.</remarks>
    /// <param name="scored">What a model gives for slices with labels.</param>
    /// <param name="labelColumnName">True class ids, Vector&lt;Byte&gt;.</param>
    /// <param name="predictedLabelColumnName">Predicted class ids, Vector&lt;Byte&gt; of the same size.</param>
    /// <param name="caseColumnName">Name of the case, Text.</param>
    /// <param name="sliceColumnName">Number of the slice in its case, Int32; without gaps.</param>
    /// <param name="options">Policy of empty masks, unit of distances, tolerance; null for the defaults. In millimetres, SpacingX, SpacingY and SpacingZ are needed.</param>
    /// <param name="classes">Names of the classes 1..C, in place of those that the columns have.</param>
    /// <exception cref="SchemaMismatchException">A column is missing or of another type, or label and prediction differ in size or classes.</exception>
    /// <exception cref="InvalidOperationException">There are no rows; a slice is missing or there twice; the slices of a case, or a label and its prediction, differ in size;
    /// a class is above those named.</exception>
    /// <exception cref="ArgumentException">An option is out of range, or a name of a class is empty.</exception>
    public SegmentationMetrics Evaluate(IDataView scored, string labelColumnName = "Label", string predictedLabelColumnName = "PredictedLabel", string caseColumnName = "Case",
        string sliceColumnName = "Slice", MetricOptions? options = null, IReadOnlyList<string>? classes = null) => Evaluate(
        scored, new EvaluationColumns { Label = labelColumnName, PredictedLabel = predictedLabelColumnName, Case = caseColumnName, Slice = sliceColumnName }, options, classes);

    /// <inheritdoc cref="Evaluate(IDataView, string, string, string, string, MetricOptions?, IReadOnlyList{string}?)"/>
    /// <param name="scored">What a model gives for slices with labels.</param>
    /// <param name="columns">The names of all columns.</param>
    /// <param name="options">Policy of empty masks, unit of distances, tolerance; null for the defaults.</param>
    /// <param name="classes">Names of the classes 1..C, in place of those that the columns have.</param>
    /// <param name="cancellationToken">Ends the evaluation between two slices.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public SegmentationMetrics Evaluate(IDataView scored, EvaluationColumns columns, MetricOptions? options = null, IReadOnlyList<string>? classes = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(scored);
        ArgumentNullException.ThrowIfNull(columns);
        return SegmentationEvaluator.Measure(_context, scored, columns, options ?? new(), classes, cancellationToken).ToMetrics();
    }
}
