using System.Text.Json.Nodes;

namespace SAMed.MLNet.Estimators.Records;

/// <summary>Where two records differ.</summary>
internal static class JsonDifferences
{
    /// <summary>A line for each field, <c>training.seed: was 1, now 2</c>; arrays count as one field.</summary>
    public static IReadOnlyList<string> Of(JsonNode? earlier, JsonNode? now)
    {
        List<string> differences = [];
        Compare(earlier, now, "", differences);
        return differences;
    }

    private static void Compare(JsonNode? earlier, JsonNode? now, string path, List<string> differences)
    {
        if (earlier is JsonObject a && now is JsonObject b)
        {
            foreach (var name in a.Select(pair => pair.Key).Union(b.Select(pair => pair.Key)))
            {
                Compare(a[name], b[name], path.Length == 0 ? name : $"{path}.{name}", differences);
            }
        }
        else if (!JsonNode.DeepEquals(earlier, now))
        {
            differences.Add($"{path}: was {earlier?.ToJsonString() ?? "null"}, now {now?.ToJsonString() ?? "null"}");
        }
    }
}
