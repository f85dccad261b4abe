using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>What a run was made of: the content of <c>run.json</c>. Two runs with equal manifests on one machine give equal weights.</summary>
public sealed record RunManifest
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Version of SAMed.MLNet.</summary>
    public required string Version { get; init; }

    /// <summary>What was done: <c>train</c>.</summary>
    public string Command { get; init; } = "train";

    /// <summary>Name of the recipe that the options were taken from; null for none. Where single options were given too, those below are what counted.</summary>
    public string? Preset { get; init; }

    /// <summary>The architecture.</summary>
    public required SamOptions Model { get; init; }

    /// <summary>What adapts and what is trained.</summary>
    public required LoraOptions Lora { get; init; }

    /// <summary>How it is trained.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>The way of a slice to the network.</summary>
    public required PreprocessingOptions Preprocessing { get; init; }

    /// <summary>The label table as JSON: which ids of the files are which class; null when the data came with class ids.</summary>
    public required string? Labels { get; init; }

    /// <summary>Names of the classes 1..C.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The data folder.</summary>
    public required string Data { get; init; }

    /// <summary>Every file of the data that was read, relative to <see cref="Data"/>, with its hash; none for rows of an IDataView.</summary>
    public IReadOnlyList<HashedFile> Files { get; init; } = [];

    /// <summary>Cases trained on.</summary>
    public required IReadOnlyList<string> TrainingCases { get; init; }

    /// <summary>Cases validated on.</summary>
    public required IReadOnlyList<string> ValidationCases { get; init; }

    /// <summary>The SAM checkpoint that training started from; null for random weights.</summary>
    public required string? BaseFile { get; init; }

    /// <summary>Its SHA-256, lower-case hex.</summary>
    public required string? BaseSha256 { get; init; }

    /// <summary>The LoRA file that training started from; null for fresh adapters.</summary>
    public string? StartFile { get; init; }

    /// <summary>Its SHA-256, lower-case hex.</summary>
    public string? StartSha256 { get; init; }

    /// <summary>Version of libtorch.</summary>
    public required string LibTorch { get; init; }

    /// <summary>The device, for instance <c>cpu</c> or <c>cuda:0</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Threads of one tensor operation on the CPU.</summary>
    public required int Threads { get; init; }

    /// <summary>When and where the run went on, a line for each call that trained. Two runs differ here and have equal weights all the same.</summary>
    public IReadOnlyList<TrainingSession> Sessions { get; init; } = [];

    /// <summary>When this call began. Default: now.</summary>
    [JsonIgnore]
    public DateTimeOffset Started { get; init; } = DateTimeOffset.Now;

    /// <summary>As indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Where this run differs from the one written as <paramref name="earlierJson"/> in anything that decides the weights; empty when it may be resumed.
    /// Files of the data are compared by name and hash. The version, the preset's name, the place of files, libtorch, the devices, checkpointing, the feature cache, the number of threads and workers, and how often pictures are logged, may differ.</summary>
    public IReadOnlyList<string> DifferencesFrom(string earlierJson)
    {
        string[] free =
            ["version", "preset", "data", "baseFile", "startFile", "libTorch", "threads", "device", "training.devices", "training.workers", "training.checkpointing", "training.featureCache", "training.featureCache.folder", "training.featureCache.maxBytes", "training.pictureEvery", "sessions", "command", "files"];
        var earlier = JsonNode.Parse(earlierJson);
        return
        [
            .. JsonDifferences.Of(earlier, JsonSerializer.SerializeToNode(this, Json)).Where(line => !free.Any(name => line.StartsWith(name + ":", StringComparison.Ordinal))),
            .. FileDifferences.Of(earlier?["files"]?.Deserialize<HashedFile[]>(Json), Files),
        ];
    }

    /// <summary>The sessions that <paramref name="earlierJson"/> tells of.</summary>
    /// <exception cref="JsonException">It is no manifest.</exception>
    internal static IReadOnlyList<TrainingSession> SessionsOf(string earlierJson) => JsonNode.Parse(earlierJson)?["sessions"]?.Deserialize<TrainingSession[]>(Json) ?? [];
}
