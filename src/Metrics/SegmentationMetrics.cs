using Microsoft.Data.Analysis;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Metrics;

/// <summary>The scores of segmented volumes, per organ and per case. Distances were measured once; both rules for missing organs are derived from them.</summary>
/// <remarks>What is not named after a policy follows the policy of the options. Undefined values are null and left out of every mean.</remarks>
public sealed class SegmentationMetrics
{
    internal SegmentationMetrics(IReadOnlyList<CaseMeasurement> cases, IReadOnlyList<LabelClass> classes, MetricOptions options)
    {
        SegmentationReport Under(EmptyMaskPolicy policy) => new([.. cases.Select(measured => measured.Scores(policy))], options with { Policy = policy });
        (Strict, Paper) = (Under(EmptyMaskPolicy.Strict), Under(EmptyMaskPolicy.Paper));
        (Measurements, Classes, Options) = (cases, classes, options);
    }

    /// <summary>The options that the cases were scored with.</summary>
    public MetricOptions Options { get; }

    /// <summary>The classes scored, in ascending order of ids.</summary>
    public IReadOnlyList<LabelClass> Classes { get; }

    /// <summary>The report by <see cref="EmptyMaskPolicy.Strict"/>.</summary>
    public SegmentationReport Strict { get; }

    /// <summary>The report by <see cref="EmptyMaskPolicy.Paper"/>.</summary>
    public SegmentationReport Paper { get; }

    /// <summary>The report by the options' policy.</summary>
    public SegmentationReport Report => ReportOf(Options.Policy);

    /// <summary>Mean over organs of their mean Dice, 0..1; null when no organ has one.</summary>
    public double? MeanDice => Report.MeanDice;

    /// <summary>Mean over organs of their mean HD95, in the options' unit; null when no organ has one.</summary>
    public double? MeanHd95 => Report.MeanHd95;

    /// <summary>Per organ the means over cases of Dice, HD, HD95, ASSD and NSD with 95 % bootstrap confidence intervals, and how often it was missed or invented.</summary>
    public IReadOnlyList<OrganSummary> PerOrgan => Report.Organs;

    /// <summary>Per case the scores of each organ.</summary>
    public IReadOnlyList<CaseScores> PerCase => Report.Cases;

    /// <summary>What the scores are derived from.</summary>
    internal IReadOnlyList<CaseMeasurement> Measurements { get; }

    /// <summary>One row per case and organ under one policy: the frame to filter, group and plot. A policy's rows stand alone, because a mean over rows of both
    /// would be a mean of neither; the column Policy lets frames of both be appended.</summary>
    /// <param name="policy">The policy; null takes the options'.</param>
    /// <returns>Columns Case, Id, Organ, Policy ("strict" or "paper"), Dice, Hd, Hd95, Assd, Nsd (double, null where undefined), ReferenceVoxels, PredictedVoxels (int),
    /// Missed, Invented (bool).</returns>
    public DataFrame ToDataFrame(EmptyMaskPolicy? policy = null) => MetricsFrame.OfCases(ReportOf(policy ?? Options.Policy));

    /// <summary>One row per organ under one policy: what a paper's table holds.</summary>
    /// <param name="policy">The policy; null takes the options'.</param>
    /// <returns>Columns Id, Organ, then for each of Dice, Hd, Hd95, Assd, Nsd its mean (under the measure's own name), …Std, …CiLow, …CiHigh (double, null where undefined)
    /// and …N (int, number of cases), then Missed and Invented (int, number of cases).</returns>
    public DataFrame ToSummaryDataFrame(EmptyMaskPolicy? policy = null) => MetricsFrame.OfOrgans(ReportOf(policy ?? Options.Policy).Organs);

    /// <summary>A plain table: per organ the means with confidence intervals under the options' policy, then the mean over organs under each policy.</summary>
    public override string ToString() => MetricsTable.Write(this);

    internal SegmentationReport ReportOf(EmptyMaskPolicy policy) => policy == EmptyMaskPolicy.Paper ? Paper : Strict;
}
