using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SAMed.MLNet.Estimators.Records;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>What a sweep is: everything that decides which trials it has and what comes of them. Two sweeps with the same definition are the same sweep; where and how fast it runs does not belong here.</summary>
public sealed class SweepDefinition
{
    private readonly JsonObject _content;

    private SweepDefinition(JsonObject content, IReadOnlyList<HashedFile>? files = null) => (_content, Files) = (content, files ?? []);

    /// <summary>The files that the trials read, with their hashes; none where nobody said. They are not part of the fingerprint: they are compared file by file when the sweep is resumed.</summary>
    public IReadOnlyList<HashedFile> Files { get; }

    /// <summary>The SHA-256 of the definition in lower-case hexadecimal digits; it does not depend on the order of fields.</summary>
    public string Fingerprint => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Sorted(_content)!.ToJsonString()))).ToLowerInvariant();

    /// <summary>A definition with the fields of <paramref name="content"/>, any object that <see cref="JsonSerializer"/> writes as a JSON object: the space, the tuner, the seeds, the options of training.</summary>
    /// <exception cref="ArgumentException">It is not written as a JSON object.</exception>
    public static SweepDefinition Of(object content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return JsonSerializer.SerializeToNode(content, content.GetType(), SweepJson.File) is JsonObject fields
            ? new(fields)
            : throw new ArgumentException("The definition of a sweep must be written as a JSON object.", nameof(content));
    }

    /// <summary>The same definition with what its trials read.</summary>
    public SweepDefinition WithFiles(IReadOnlyList<HashedFile> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return new(_content, files);
    }

    /// <summary>A line for each field in which <paramref name="earlier"/> is different: <c>seeds: was [1], now [1,2]</c>.</summary>
    public IReadOnlyList<string> DifferencesFrom(SweepDefinition earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        return JsonDifferences.Of(earlier._content, _content);
    }

    /// <summary>As JSON text.</summary>
    public string ToJson() => _content.ToJsonString(SweepJson.File);

    /// <summary>The definition as it is kept in <c>sweep.json</c>.</summary>
    internal JsonNode ToNode() => _content.DeepClone();

    /// <summary>What <see cref="ToNode"/> gave.</summary>
    internal static SweepDefinition FromNode(JsonObject node, IReadOnlyList<HashedFile>? files) => new((JsonObject)node.DeepClone(), files);

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject fields => new JsonObject(fields.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => KeyValuePair.Create(field.Key, Sorted(field.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
