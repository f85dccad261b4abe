using Microsoft.ML;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>Fits and evaluates fold after fold.</summary>
internal sealed class CrossValidator(MLContext context, EvaluationColumns columns, MetricOptions options, IReadOnlyList<string>? classes, CancellationToken cancellation)
{
    /// <summary>Runs all folds. When one fails, the models fitted until then are disposed.</summary>
    public SegmentationCrossValidation Run(IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds, long? seed)
    {
        options.Validate();
        SharedFolder.Refuse(estimator);
        var splits = context.Data.CrossValidationSplitByCase(data, numberOfFolds, columns.Case, seed);
        // Training takes hours, evaluation would only then see what it lacks.
        ScoredShape.Check(context, data, estimator, columns, options.Unit, classes, cancellation);
        List<ITransformer> models = [];
        var finished = false;
        try
        {
            List<(IDataView Scored, EvaluatedCases Evaluated)> folds = [];
            foreach (var split in splits)
            {
                cancellation.ThrowIfCancellationRequested();
                models.Add(estimator.Fit(split.TrainSet));
                var scored = ApplyAll(models[^1], split.TestSet);
                folds.Add((scored, SegmentationEvaluator.Measure(context, scored, columns, options, classes, cancellation)));
            }
            var result = Summarize(splits, models, folds);
            finished = true;
            return result;
        }
        finally
        {
            if (!finished)
            {
                models.ForEach(model => (model as IDisposable)?.Dispose());
            }
        }
    }

    private static SegmentationCrossValidation Summarize(
        IReadOnlyList<CaseSplit> splits, List<ITransformer> models, List<(IDataView Scored, EvaluatedCases Evaluated)> folds)
    {
        // Without names, a fold knows only the classes that it has seen; all folds get those of all.
        var highest = folds.Max(fold => fold.Evaluated.HighestClass);
        var pooled = folds[0].Evaluated with
        {
            Cases = [.. folds.SelectMany(fold => fold.Evaluated.Cases).OrderBy(measured => measured.Case, StringComparer.Ordinal)],
        };
        return new(
            [.. folds.Select((fold, n) => new SegmentationFold(n, models[n], fold.Scored, splits[n].TestCases, fold.Evaluated.ToMetrics(highest)))],
            pooled.ToMetrics(highest));
    }

    /// <summary>Applies every transformer of a chain, those for the label too, which Transform of a chain leaves out.</summary>
    internal static IDataView ApplyAll(ITransformer model, IDataView data) =>
        model is IEnumerable<ITransformer> chain ? chain.Aggregate(data, (view, part) => ApplyAll(part, view)) : model.Transform(data);
}
