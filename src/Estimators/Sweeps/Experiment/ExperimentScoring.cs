using Microsoft.ML;
using SAMed.MLNet.Estimators.Evaluation;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>How trials of an experiment are scored.</summary>
/// <param name="Columns">Names of the columns.</param>
/// <param name="Options">Policy, unit, tolerance; null = strict, in mm where the data have spacings.</param>
/// <param name="Classes">Names of the classes; null = those of the columns.</param>
internal sealed record ExperimentScoring(EvaluationColumns Columns, MetricOptions? Options, IReadOnlyList<string>? Classes)
{
    /// <summary>The options for a view.</summary>
    public MetricOptions OptionsFor(IDataView data) => Options ?? new()
    {
        Unit = new[] { Columns.SpacingX, Columns.SpacingY, Columns.SpacingZ }.All(name => data.Schema.GetColumnOrNull(name) is not null) ? DistanceUnit.Millimetre : DistanceUnit.Voxel,
    };

    /// <summary>Scores of a model on rows that it has not seen.</summary>
    public TrialScores Of(MLContext context, ITransformer model, IDataView data, CancellationToken cancellation)
    {
        var scored = CrossValidator.ApplyAll(model, data);
        var metrics = SegmentationEvaluator.Measure(context, scored, Columns, OptionsFor(data), Classes, cancellation).ToMetrics();
        var inMm = metrics.Options.Unit == DistanceUnit.Millimetre;
        return new(metrics.MeanDice, inMm ? metrics.MeanHd95 : null, [.. metrics.PerOrgan.Select(organ => new ClassScores(organ.Name, organ.Dice.Mean, inMm ? organ.Hd95.Mean : null))]);
    }

    /// <summary>The mean over folds, class by class.</summary>
    public static TrialScores Mean(IReadOnlyList<TrialScores> folds) => folds.Count == 1 ? folds[0] : new(
        Mean(folds.Select(fold => fold.Dice)),
        Mean(folds.Select(fold => fold.Hd95Mm)),
        [.. folds.SelectMany(fold => fold.PerClass).GroupBy(score => score.Name).Select(group => new ClassScores(group.Key, Mean(group.Select(score => score.Dice)), Mean(group.Select(score => score.Hd95Mm))))]);

    private static double? Mean(IEnumerable<double?> values) => values.Average();
}
