using System.Globalization;

namespace SAMed.MLNet.Metrics;

/// <summary>Scores as a plain table.</summary>
internal static class MetricsTable
{
    /// <summary>Organs, then the mean over organs by each policy.</summary>
    public static string Write(SegmentationMetrics metrics)
    {
        var report = metrics.Report;
        var (missed, invented) = (report.Organs.Sum(organ => organ.Missed), report.Organs.Sum(organ => organ.Invented));
        return string.Create(CultureInfo.InvariantCulture,
            $"cases: {report.Cases.Count}, missed organs: {missed}, invented: {invented}; {Describe(report.Options)}\n")
            + Rows(report.Organs, "cases", report.Options,
            [
                new("mean, strict policy", Whole(metrics.Strict.MeanDice), Whole(metrics.Strict.MeanHd95), null, null),
                new("mean, paper policy", Whole(metrics.Paper.MeanDice), Whole(metrics.Paper.MeanHd95), null, null),
            ])
            + "[…]: 95 % bootstrap confidence interval of the mean over cases\n";
    }

    /// <summary>Policy, unit and tolerance in words.</summary>
    public static string Describe(MetricOptions options) => string.Create(CultureInfo.InvariantCulture,
        $"empty masks by the {MetricsFrame.PolicyName(options.Policy)} policy, NSD within {options.NsdTolerance:0.###} {Unit(options)}");

    /// <summary>The table's head, one row per organ, a rule, and the rows of means.</summary>
    /// <param name="organs">The organs.</param>
    /// <param name="counted">What a summary counts: cases or folds.</param>
    /// <param name="options">The unit of the distances.</param>
    /// <param name="means">The rows below the rule.</param>
    public static string Rows(IReadOnlyList<OrganSummary> organs, string counted, MetricOptions options, IReadOnlyList<MeanRow> means)
    {
        var unit = Unit(options);
        var table = new TextTable("organ", "Dice", $"HD95 ({unit})", $"ASSD ({unit})", "NSD", counted, "missed", "invented");
        foreach (var organ in organs)
        {
            table.Add(organ.Name, Cell(organ.Dice, "0.0000"), Cell(organ.Hd95, "0.00"), Cell(organ.Assd, "0.00"), Cell(organ.Nsd, "0.0000"),
                Number(organ.Dice.N, "0"), Number(organ.Missed, "0"), Number(organ.Invented, "0"));
        }
        table.AddRule();
        foreach (var mean in means)
        {
            table.Add(mean.Name, Cell(mean.Dice, "0.0000"), Cell(mean.Hd95, "0.00"), Cell(mean.Assd, "0.00"), Cell(mean.Nsd, "0.0000"));
        }
        return table.ToString();
    }

    private static Summary Whole(double? mean) => new(mean, null, null, null, mean is null ? 0 : 1);

    private static string Unit(MetricOptions options) => options.Unit == DistanceUnit.Voxel ? "voxel" : "mm";

    private static string Cell(Summary? summary, string format) => summary is null ? "" : summary.CiLow is { } low && summary.CiHigh is { } high
        ? $"{Number(summary.Mean, format)} [{Number(low, format)}, {Number(high, format)}]"
        : Number(summary.Mean, format);

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}

/// <summary>A row of means over organs; a measure that is null leaves its cell empty.</summary>
internal sealed record MeanRow(string Name, Summary? Dice, Summary? Hd95, Summary? Assd, Summary? Nsd);
