using System.Globalization;
using Microsoft.Data.Analysis;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>Models of a cross-validation by case, their scores, and what the folds say together. Dispose it to free the models.</summary>
/// <remarks>Two summaries, which answer two questions. <see cref="Report"/> is over folds (Student's t): how much does a score depend on which cases were trained and tested on?
/// <see cref="Pooled"/> is over cases (bootstrap), each scored by the one model that has not seen it, as nnU-Net reports a cross-validation: how well is a new case segmented?
/// What is not named after a policy follows the policy of the options.</remarks>
public sealed class SegmentationCrossValidation : IDisposable
{
    internal SegmentationCrossValidation(IReadOnlyList<SegmentationFold> folds, SegmentationMetrics pooled)
    {
        (Folds, Pooled) = (folds, pooled);
        (Strict, Paper) = (new([.. folds.Select(fold => fold.Metrics.Strict)]), new([.. folds.Select(fold => fold.Metrics.Paper)]));
    }

    /// <summary>The folds.</summary>
    public IReadOnlyList<SegmentationFold> Folds { get; }

    /// <summary>The scores of all cases, each by the model of the fold that tested on it; cases in the order of their names.</summary>
    public SegmentationMetrics Pooled { get; }

    /// <summary>The options that the cases were scored with.</summary>
    public MetricOptions Options => Pooled.Options;

    /// <summary>Over folds by <see cref="EmptyMaskPolicy.Strict"/>.</summary>
    public CrossValidationReport Strict { get; }

    /// <summary>Over folds by <see cref="EmptyMaskPolicy.Paper"/>.</summary>
    public CrossValidationReport Paper { get; }

    /// <summary>Over folds by the options' policy.</summary>
    public CrossValidationReport Report => ReportOf(Options.Policy);

    /// <summary>Over folds, their mean Dice over organs: mean, standard deviation, 95 % confidence interval.</summary>
    public Summary MeanDice => Report.MeanDice;

    /// <summary>Over folds, their mean HD95 over organs, in the options' unit.</summary>
    public Summary MeanHd95 => Report.MeanHd95;

    /// <summary>Per organ each measure over folds.</summary>
    public IReadOnlyList<OrganSummary> PerOrgan => Report.Organs;

    /// <summary>One row per case and organ under one policy.</summary>
    /// <param name="policy">The policy; null takes the options'.</param>
    /// <returns>The columns of <see cref="SegmentationMetrics.ToDataFrame"/> after a column Fold (int).</returns>
    public DataFrame ToDataFrame(EmptyMaskPolicy? policy = null)
    {
        var foldOf = Folds.SelectMany(fold => fold.TestCases.Select(name => (name, fold.Fold))).ToDictionary(pair => pair.name, pair => pair.Fold);
        var frame = Pooled.ToDataFrame(policy);
        frame.Columns.Insert(0, new Int32DataFrameColumn("Fold", Pooled.PerCase.SelectMany(scores => scores.Organs.Select(_ => foldOf[scores.Case]))));
        return frame;
    }

    /// <summary>One row per organ under one policy, summarised over folds.</summary>
    /// <param name="policy">The policy; null takes the options'.</param>
    /// <returns>The columns of <see cref="SegmentationMetrics.ToSummaryDataFrame"/>; …N counts folds.</returns>
    public DataFrame ToSummaryDataFrame(EmptyMaskPolicy? policy = null) => MetricsFrame.OfOrgans(ReportOf(policy ?? Options.Policy).Organs);

    /// <summary>A plain table: per organ the means over folds with confidence intervals under the options' policy, then the means over organs under each policy.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"folds: {Folds.Count}, cases: {Pooled.PerCase.Count}; {MetricsTable.Describe(Options)}\n")
        + MetricsTable.Rows(PerOrgan, "folds", Options, [Row(Strict), Row(Paper)])
        + "[…]: 95 % confidence interval of the mean over folds (Student's t)\n";

    /// <summary>Disposes the models.</summary>
    public void Dispose()
    {
        foreach (var fold in Folds)
        {
            (fold.Model as IDisposable)?.Dispose();
        }
    }

    private static MeanRow Row(CrossValidationReport report) =>
        new($"mean, {MetricsFrame.PolicyName(report.Policy)} policy", report.MeanDice, report.MeanHd95, report.MeanAssd, report.MeanNsd);

    private CrossValidationReport ReportOf(EmptyMaskPolicy policy) => policy == EmptyMaskPolicy.Paper ? Paper : Strict;
}
