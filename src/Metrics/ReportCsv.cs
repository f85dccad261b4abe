using System.Globalization;
using System.Text;

namespace SAMed.MLNet.Metrics;

/// <summary>Writes a report as CSV.</summary>
internal static class ReportCsv
{
    public static string Write(SegmentationReport report)
    {
        var csv = new StringBuilder("case,id,name,dice,hd,hd95,assd,nsd,referenceVoxels,predictedVoxels\n");
        foreach (var scores in report.Cases)
        {
            foreach (var score in scores.Organs)
            {
                string[] fields =
                [
                    Quote(scores.Case), Number(score.Id), Quote(score.Name), Number(score.Dice), Number(score.Hd), Number(score.Hd95),
                    Number(score.Assd), Number(score.Nsd), Number(score.ReferenceVoxels), Number(score.PredictedVoxels),
                ];
                csv.AppendJoin(',', fields).Append('\n');
            }
        }
        return csv.ToString();
    }

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A cell, in quotes where it needs them.</summary>
    internal static string Quote(string text) => text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
