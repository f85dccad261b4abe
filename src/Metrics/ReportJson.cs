using System.Text;
using System.Text.Json;

namespace SAMed.MLNet.Metrics;

/// <summary>Writes a report as JSON.</summary>
internal static class ReportJson
{
    public static string Write(SegmentationReport report)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("policy", report.Options.Policy == EmptyMaskPolicy.Paper ? "paper" : "strict");
            json.WriteString("spacing", report.Options.Unit == DistanceUnit.Voxel ? "voxel" : "geometry");
            WriteArray(json, "cases", report.Cases, WriteCase);
            WriteArray(json, "organs", report.Organs, WriteOrgan);
            json.WriteStartObject("mean");
            WriteNumber(json, "dice", report.MeanDice);
            WriteNumber(json, "hd95", report.MeanHd95);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void WriteCase(Utf8JsonWriter json, CaseScores scores)
    {
        json.WriteString("case", scores.Case);
        WriteArray(json, "organs", scores.Organs, WriteScore);
    }

    private static void WriteScore(Utf8JsonWriter json, OrganScore score)
    {
        json.WriteNumber("id", score.Id);
        json.WriteString("name", score.Name);
        WriteNumber(json, "dice", score.Dice);
        WriteNumber(json, "hd", score.Hd);
        WriteNumber(json, "hd95", score.Hd95);
        WriteNumber(json, "assd", score.Assd);
        WriteNumber(json, "nsd", score.Nsd);
        json.WriteNumber("referenceVoxels", score.ReferenceVoxels);
        json.WriteNumber("predictedVoxels", score.PredictedVoxels);
    }

    private static void WriteOrgan(Utf8JsonWriter json, OrganSummary organ)
    {
        json.WriteNumber("id", organ.Id);
        json.WriteString("name", organ.Name);
        WriteSummary(json, "dice", organ.Dice);
        WriteSummary(json, "hd", organ.Hd);
        WriteSummary(json, "hd95", organ.Hd95);
        WriteSummary(json, "assd", organ.Assd);
        WriteSummary(json, "nsd", organ.Nsd);
        json.WriteNumber("missed", organ.Missed);
        json.WriteNumber("invented", organ.Invented);
    }

    private static void WriteSummary(Utf8JsonWriter json, string name, Summary summary)
    {
        json.WriteStartObject(name);
        WriteNumber(json, "mean", summary.Mean);
        WriteNumber(json, "std", summary.Std);
        json.WriteStartArray("ci95");
        WriteValue(json, summary.CiLow);
        WriteValue(json, summary.CiHigh);
        json.WriteEndArray();
        json.WriteNumber("n", summary.N);
        json.WriteEndObject();
    }

    private static void WriteArray<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        json.WritePropertyName(name);
        WriteValue(json, value);
    }

    private static void WriteValue(Utf8JsonWriter json, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
