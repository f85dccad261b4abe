using System.Text.Json;
using System.Text.Json.Nodes;
using SAMed.MLNet.Cli.Prediction;

namespace SAMed.MLNet.Cli.Cluster;

/// <summary>Puts together what the shares of a prediction say.</summary>
internal static class PredictionShares
{
    private static readonly JsonSerializerOptions s_read = new(JsonSerializerDefaults.Web);
    private static readonly JsonSerializerOptions s_write = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The predictions of all shares in the order of <paramref name="files"/>, the inputs that could not be read, and the JSON that one call would have written.</summary>
    public static (IReadOnlyList<PredictionSummary> Predictions, List<string> Failures, string Json) Merge(IReadOnlyList<string> results, IReadOnlyList<PredictionFile> files)
    {
        JsonObject[] parts = [.. results.Select(path => JsonNode.Parse(File.ReadAllText(path))!.AsObject())];
        var nodes = parts.SelectMany(part => part["predictions"]!.AsArray()).ToDictionary(node => node!["input"]!.GetValue<string>(), StringComparer.Ordinal);
        var failed = parts.SelectMany(part => part["failures"]!.AsArray()).Select(node => node!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        JsonNode[] predictions = [.. files.Where(file => nodes.ContainsKey(file.Input)).Select(file => nodes[file.Input]!)];
        List<string> failures = [.. files.Select(file => file.Input).Where(failed.Contains)];
        var whole = parts[0].DeepClone().AsObject();
        whole["predictions"] = new JsonArray([.. predictions.Select(node => node.DeepClone())]);
        whole["failures"] = new JsonArray([.. failures.Select(path => (JsonNode)path)]);
        return ([.. predictions.Select(node => node.Deserialize<PredictionSummary>(s_read)!)], failures, whole.ToJsonString(s_write) + "\n");
    }
}
