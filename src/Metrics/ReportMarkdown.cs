using System.Globalization;
using System.Text;

namespace SAMed.MLNet.Metrics;

/// <summary>Writes a report as a Markdown table.</summary>
internal static class ReportMarkdown
{
    private const string Undefined = "–";

    public static string Write(SegmentationReport report)
    {
        var unit = report.Options.Unit == DistanceUnit.Voxel ? "voxel" : "mm";
        var tolerance = report.Options.NsdTolerance.ToString("0.###", CultureInfo.InvariantCulture);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"| Organ | Dice | HD95 ({unit}) | ASSD ({unit}) | HD ({unit}) | NSD at {tolerance} {unit} | Cases | Missed | Invented |\n");
        text.Append("|---|---|---|---|---|---|---:|---:|---:|\n");
        foreach (var organ in report.Organs)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| {Escape(organ.Name)} | {Cell(organ.Dice, "0.0000")} | {Cell(organ.Hd95, "0.00")} | {Cell(organ.Assd, "0.00")} | {Cell(organ.Hd, "0.00")} ");
            text.Append(CultureInfo.InvariantCulture, $"| {Cell(organ.Nsd, "0.0000")} | {organ.Dice.N} | {organ.Missed} | {organ.Invented} |\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"| **Mean** | **{Number(report.MeanDice, "0.0000")}** | **{Number(report.MeanHd95, "0.00")}** | | | | ");
        text.Append(CultureInfo.InvariantCulture, $"| {report.Organs.Sum(organ => organ.Missed)} | {report.Organs.Sum(organ => organ.Invented)} |\n\n");
        var policy = report.Options.Policy == EmptyMaskPolicy.Paper ? "paper" : "strict";
        text.Append(CultureInfo.InvariantCulture, $"Cases: {report.Cases.Count}; policy: {policy}. Brackets: 95 % bootstrap confidence interval of the mean over cases, from two cases on.\n");
        return text.ToString();
    }

    private static string Cell(Summary summary, string format) => summary.CiLow is { } low && summary.CiHigh is { } high
        ? $"{Number(summary.Mean, format)} [{Number(low, format)}, {Number(high, format)}]"
        : Number(summary.Mean, format);

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? Undefined;

    private static string Escape(string name) => name.Replace("|", "\\|", StringComparison.Ordinal);
}
