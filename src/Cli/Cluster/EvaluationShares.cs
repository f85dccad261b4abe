using System.Text.Json;
using System.Text.Json.Nodes;
using SAMed.MLNet.Cli.Evaluation;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Cli.Cluster;

/// <summary>Puts together the reports of the shares of an evaluation.</summary>
internal static class EvaluationShares
{
    private static readonly JsonSerializerOptions s_read = new(JsonSerializerDefaults.Web);

    /// <summary>The report over all cases, in the order of <paramref name="cases"/>: the same as that of one call, because the shares' files hold every score exactly.</summary>
    public static SegmentationReport Merge(IReadOnlyList<string> results, IReadOnlyList<CasePair> cases, MetricOptions options)
    {
        var scores = results.SelectMany(path => JsonNode.Parse(File.ReadAllText(path))!["cases"]!.AsArray()).Select(node => node.Deserialize<CaseScores>(s_read)!)
            .ToDictionary(entry => entry.Case, StringComparer.Ordinal);
        return new([.. cases.Select(pair => scores[pair.Case])], options);
    }
}
