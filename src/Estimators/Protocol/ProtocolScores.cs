using System.Globalization;
using System.Text;
using System.Text.Json;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>Writes the scores of both rules side by side.</summary>
internal static class ProtocolScores
{
    /// <summary>The head of <see cref="Rows"/>.</summary>
    public static IReadOnlyList<string> Head(DistanceUnit unit)
    {
        var distance = unit == DistanceUnit.Voxel ? "voxel" : "mm";
        return ["organ", "Dice, paper", $"HD95 ({distance}), paper", "Dice, strict", $"HD95 ({distance}), strict", "missed", "invented"];
    }

    /// <summary>A row per organ, then the means over organs.</summary>
    public static IEnumerable<IReadOnlyList<string>> Rows(SegmentationMetrics metrics)
    {
        foreach (var (paper, strict) in metrics.Paper.Organs.Zip(metrics.Strict.Organs))
        {
            yield return [paper.Name, Dice(paper.Dice.Mean), Distance(paper.Hd95.Mean), Dice(strict.Dice.Mean), Distance(strict.Hd95.Mean), Count(strict.Missed), Count(strict.Invented)];
        }
        yield return ["mean", Dice(metrics.Paper.MeanDice), Distance(metrics.Paper.MeanHd95), Dice(metrics.Strict.MeanDice), Distance(metrics.Strict.MeanHd95),
            Count(metrics.Strict.Organs.Sum(organ => organ.Missed)), Count(metrics.Strict.Organs.Sum(organ => organ.Invented))];
    }

    public static string ToMarkdown(SegmentationMetrics metrics)
    {
        var text = new StringBuilder();
        AppendMarkdown(text, Head(metrics.Options.Unit), Rows(metrics));
        text.Append(CultureInfo.InvariantCulture, $"\nCases: {metrics.PerCase.Count}. Paper: the rule of test.py for empty masks (invented organ Dice 1 and HD95 0, missed organ HD95 0); strict: Dice 0 and the image's diagonal, organs absent in both left out.\n");
        return text.ToString();
    }

    /// <summary>A Markdown table.</summary>
    public static void AppendMarkdown(StringBuilder text, IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
    {
        text.Append("| ").AppendJoin(" | ", head).Append(" |\n|---|").Append(string.Concat(head.Skip(1).Select(_ => "---:|"))).Append('\n');
        foreach (var row in rows)
        {
            text.Append("| ").AppendJoin(" | ", row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
        }
    }

    public static string ToCsv(SegmentationMetrics metrics)
    {
        var csv = new StringBuilder("case,id,name,dice_paper,hd95_paper,dice_strict,hd95_strict,hd_strict,assd_strict,nsd_strict,reference_voxels,predicted_voxels\n");
        foreach (var (paperCase, strictCase) in metrics.Paper.Cases.Zip(metrics.Strict.Cases))
        {
            foreach (var (paper, strict) in paperCase.Organs.Zip(strictCase.Organs))
            {
                csv.AppendJoin(',', ReportCsv.Quote(paperCase.Case), Count(paper.Id), ReportCsv.Quote(paper.Name), Exact(paper.Dice), Exact(paper.Hd95), Exact(strict.Dice), Exact(strict.Hd95), Exact(strict.Hd),
                    Exact(strict.Assd), Exact(strict.Nsd), Count(paper.ReferenceVoxels), Count(paper.PredictedVoxels)).Append('\n');
            }
        }
        return csv.ToString();
    }

    public static string ToJson(TestProtocolResult result)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("lora", result.LoraFile);
            json.WriteString("sam", result.SamFile);
            foreach (var (name, report) in new[] { ("paper", result.Metrics.Paper), ("strict", result.Metrics.Strict) })
            {
                json.WritePropertyName(name);
                using var document = JsonDocument.Parse(report.ToJson());
                document.RootElement.WriteTo(json);
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length) + "\n";
    }

    internal static string Exact(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    private static string Dice(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "-";

    private static string Distance(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";

    private static string Count(int value) => value.ToString(CultureInfo.InvariantCulture);
}
