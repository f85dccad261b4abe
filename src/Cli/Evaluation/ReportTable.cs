using System.Globalization;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Cli.Evaluation;

/// <summary>Prints a report: one row per organ, then the mean over organs.</summary>
internal static class ReportTable
{
    public static void Print(SegmentationReport report, CliConsole console)
    {
        var unit = report.Options.Unit == DistanceUnit.Millimetre ? "mm" : "voxels";
        var policy = report.Options.Policy == EmptyMaskPolicy.Paper ? "paper" : "strict";
        console.Heading($"{report.Cases.Count} {(report.Cases.Count == 1 ? "case" : "cases")}, empty masks by the {policy} policy, distances in {unit}");
        var rows = report.Organs.Select(organ => new[]
        {
            organ.Name, Cell(organ.Dice, "0.0000"), Cell(organ.Hd95, "0.00"), Cell(organ.Assd, "0.00"), Cell(organ.Nsd, "0.0000"),
            Number(organ.Dice.N, "0"), Number(organ.Missed, "0"), Number(organ.Invented, "0"),
        });
        console.Table(["organ", "Dice", $"HD95 {unit}", $"ASSD {unit}", "NSD", "cases", "missed", "invented"],
            rows.Append(["mean", Number(report.MeanDice, "0.0000"), Number(report.MeanHd95, "0.00"), "", "", "", "", ""]));
    }

    // Mean, and from two values on their 95 % confidence interval.
    private static string Cell(Summary summary, string format) => summary.N > 1 && summary.CiLow is not null
        ? $"{Number(summary.Mean, format)} [{Number(summary.CiLow, format)}, {Number(summary.CiHigh, format)}]"
        : Number(summary.Mean, format);

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
