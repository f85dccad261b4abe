using Microsoft.ML;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Evaluation;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Postprocessing;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators;

public sealed partial class SegmentationCatalog
{
    /// <summary>Scores segmented slices as the volumes that they are of: put together by case and slice, in whatever order the rows come.</summary>
    /// <remarks>The data view is read twice: first only names and numbers of slices, then everything; a case is scored as soon as its last slice has come. Further columns
    /// go by the names that <see cref="EvaluationColumns"/> has by default; the other overload takes others. Sizes are those of the label columns' types, or of Height and
    /// Width. The classes are those that the label column, or else the predicted, names (LoadSlices with a label table, the trainer); without names, every class up to the
    /// highest that occurs, as "label 1" and so on.
    /// A slice that is missing between others is an error. One that is missing at the first or the last end of a case cannot be noticed, for nothing in the rows says where a
    /// case starts or ends: the case is then scored as the shorter volume that its rows make. Evaluate whole cases.</remarks>
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

    /// <summary>Trains and evaluates once per fold, each time on other cases: no case (patient) is ever in both. The result holds the models; dispose it.</summary>
    /// <remarks>Before anything is trained, four things are checked: the columns that the estimator says it will give; that the slices of every case in
    /// <paramref name="data"/> are there once each, without gaps between them; that they have one size and one positive spacing, where evaluation reads those; and that the names
    /// of the classes are no fewer than those of the label column. What only a fitted pipeline shows is found when the first fold is evaluated, after its training: labels that the
    /// pipeline brings to another size than the predictions', because an estimator does not say the sizes of its vectors beforehand; class ids above those named; and whatever
    /// transforms of the pipeline make of the columns. Columns are checked as they are in <paramref name="data"/>, before the pipeline.
    /// Folds cannot share a training folder: leave the trainer's OutputFolder out. That is refused before anything is trained where the trainer is the estimator itself or the
    /// last of a chain; a chain hides its other parts, and with one of those the second fold fails with a <see cref="Training.RunFolderException"/>.
    /// Transforms of a chain that are for training and testing only (<c>TransformerScope.TrainTest</c>, such as those of the label) are applied
    /// to the test set too. When a fit or an evaluation fails or is cancelled, the models fitted until then are disposed. All models are kept, each with its network.</remarks>
    /// <param name="data">Slices of all cases.</param>
    /// <param name="estimator">The pipeline, trainer included; fitted anew for each fold.</param>
    /// <param name="numberOfFolds">Number of folds, at least 2 and at most the number of cases.</param>
    /// <param name="caseColumnName">Name of the case, Text. The other columns go by the names that <see cref="EvaluationColumns"/> has by default.</param>
    /// <param name="seed">Deals the cases out to the folds; null for the default of <c>CrossValidationSplitByCase</c>.</param>
    /// <param name="options">Policy of empty masks, unit of distances, tolerance; null for the defaults.</param>
    /// <exception cref="SchemaMismatchException">A column is missing or of another type, or label and prediction differ in size or classes.</exception>
    /// <exception cref="InvalidOperationException">As for Evaluate.</exception>
    /// <exception cref="ArgumentException">There are fewer than two folds or fewer cases than folds, an option is out of range, fewer classes are named than the label column has,
    /// or the trainer has an OutputFolder.</exception>
    public SegmentationCrossValidation CrossValidate(IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds = 5, string caseColumnName = "Case", long? seed = null,
        MetricOptions? options = null) => CrossValidate(data, estimator, new EvaluationColumns { Case = caseColumnName }, numberOfFolds, seed, options);

    /// <inheritdoc cref="CrossValidate(IDataView, IEstimator{ITransformer}, int, string, long?, MetricOptions?)"/>
    /// <param name="data">Slices of all cases.</param>
    /// <param name="estimator">The pipeline, trainer included; fitted anew for each fold.</param>
    /// <param name="columns">The names of all columns.</param>
    /// <param name="numberOfFolds">Number of folds, at least 2 and at most the number of cases.</param>
    /// <param name="seed">Deals the cases out to the folds; null for the default of <c>CrossValidationSplitByCase</c>.</param>
    /// <param name="options">Policy of empty masks, unit of distances, tolerance; null for the defaults.</param>
    /// <param name="classes">Names of the classes 1..C, in place of those that the columns have.</param>
    /// <param name="cancellationToken">Ends it before a fold and during evaluation; the trainer has a token of its own in its options.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public SegmentationCrossValidation CrossValidate(IDataView data, IEstimator<ITransformer> estimator, EvaluationColumns columns, int numberOfFolds = 5, long? seed = null,
        MetricOptions? options = null, IReadOnlyList<string>? classes = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentNullException.ThrowIfNull(columns);
        return new CrossValidator(_context, columns, options ?? new(), classes, cancellationToken).Run(data, estimator, numberOfFolds, seed);
    }

    /// <summary>Labels for the image in a file: sliced as <c>LoadSlices</c> slices it, predicted, and put back to the file's own grid and orientation.</summary>
    /// <param name="model">A fitted pipeline from the columns of LoadSlices to the predicted label, which has the size of the slice in the file.</param>
    /// <param name="imagePath">A volume or a single slice, of any format that <see cref="VolumeFile"/> reads.</param>
    /// <param name="options">How to slice: the orientation should be that of the training data; null for the defaults.</param>
    /// <param name="predictedLabelColumnName">Predicted class ids, Vector&lt;Byte&gt;.</param>
    /// <param name="postprocessing">What is done to the labels before they are given back; null for nothing.</param>
    /// <param name="cancellationToken">Ends the prediction between two slices.</param>
    /// <returns>Class ids, [D, H, W], on the geometry of the file.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">The file is damaged, or holds no image or several volumes.</exception>
    /// <exception cref="SchemaMismatchException">The model needs a column that slices do not have, or gives no predicted label of that type.</exception>
    /// <exception cref="InvalidOperationException">The predicted label has another size than the slice in the file.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public LabelVolume PredictVolume(ITransformer model, string imagePath, SliceDataOptions? options = null, string predictedLabelColumnName = "PredictedLabel",
        PostprocessingOptions? postprocessing = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(imagePath);
        postprocessing?.Validate();
        var labels = FilePrediction.Predict(_context, model, imagePath, options ?? new(), predictedLabelColumnName, cancellationToken);
        return postprocessing is null ? labels : LabelPostprocessing.Apply(labels, postprocessing);
    }
}
