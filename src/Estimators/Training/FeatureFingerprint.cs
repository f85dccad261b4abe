using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;
using SAMed.MLNet.Transforms;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Everything but the slice itself that decides the bits of its features. Features of another fingerprint are never read.</summary>
internal sealed record FeatureFingerprint
{
    private const string Encoder = "sam.image_encoder.";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Converters = { new JsonStringEnumConverter() } };

    /// <summary>Version of this layout.</summary>
    public int Format { get; init; } = 1;

    /// <summary>The builds of the code that prepares slices and computes features: a new build may sum in another order.</summary>
    public required IReadOnlyList<string> Code { get; init; }

    /// <summary>Version of libtorch and the length of its library, which tells builds of one version apart.</summary>
    public required string LibTorch { get; init; }

    /// <summary>The devices that compute them: <c>cpu</c>, or the numbers of GPUs, as <c>cuda:0,cuda:1</c>. libtorch does not tell the model of a GPU through TorchSharp, so it is not here.</summary>
    public required string Device { get; init; }

    /// <summary>The processor and which of its instructions libtorch uses.</summary>
    public required string Processor { get; init; }

    /// <summary>Threads of one tensor operation on the CPU.</summary>
    public required int Threads { get; init; }

    /// <summary>The format that the transformer layers compute in.</summary>
    public required Precision Precision { get; init; }

    /// <summary>Whether TF32 is allowed.</summary>
    public required bool AllowTf32 { get; init; }

    /// <summary>The architecture, its number of classes left out of account.</summary>
    public required SamOptions Model { get; init; }

    /// <summary>How many blocks the features lie behind.</summary>
    public required int FrozenBlocks { get; init; }

    /// <summary>SHA-256 of the names and values of all weights up to there.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>Channels of the images.</summary>
    public required int Channels { get; init; }

    /// <summary>Edge rule of the resizing after augmentation.</summary>
    public required ZoomEdge ZoomEdge { get; init; }

    /// <summary>That of a training run with <paramref name="network"/>.</summary>
    public static FeatureFingerprint Of(SamNetwork network, Device device, TrainingOptions options, PreprocessingOptions preprocessing)
    {
        var torch = Modeling.Runtime.LibTorch.Load();
        return new()
        {
            Code = [.. new[] { typeof(SamNetwork), typeof(TrainingSample), typeof(FeatureFingerprint), network.Adapter.GetType() }
                .Select(type => $"{type.Assembly.GetName().Name} {type.Module.ModuleVersionId:N}").Distinct()],
            LibTorch = FormattableString.Invariant($"{torch.Version} ({LibraryBytes(torch.Folder)} bytes)"),
            Device = DevicesOf(options, device),
            Processor = $"{ProcessorName.Text} {torch.CpuCapability}{(torch.SupportsBf16 ? " bf16" : "")}",
            Threads = get_num_threads(),
            Precision = options.Precision,
            AllowTf32 = options.AllowTf32,
            Model = network.Options with { NumClasses = 1, InputSize = null },
            FrozenBlocks = network.FrozenBlocks,
            WeightsSha256 = HashOf(network),
            Channels = preprocessing.Channels,
            ZoomEdge = preprocessing.ZoomEdge,
        };
    }

    /// <summary>As indented JSON, for people.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>The name of the folder that such features lie in: 16 hexadecimal digits of the hash of it all.</summary>
    public string Name() => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(ToJson())).AsSpan(0, 8)).ToLowerInvariant();

    /// <summary>Each once: two copies on one processor give the same.</summary>
    private static string DevicesOf(TrainingOptions options, Device device) =>
        string.Join(',', TrainingDevices.All(options, device).Select(each => each.type == DeviceType.CUDA ? FormattableString.Invariant($"cuda:{Math.Max(0, each.index)}") : "cpu").Distinct());

    private static long LibraryBytes(string folder) => new DirectoryInfo(folder).EnumerateFiles("*torch_cpu.*").Sum(file => file.Length);

    private static string HashOf(SamNetwork network)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string[] below = [.. Enumerable.Range(0, network.FrozenBlocks).Select(block => FormattableString.Invariant($"{Encoder}blocks.{block}.")), Encoder + "patch_embed.", Encoder + "pos_embed"];
        foreach (var (name, tensor) in network.state_dict().Where(pair => below.Any(prefix => pair.Key.StartsWith(prefix, StringComparison.Ordinal))).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {tensor.dtype} {string.Join('x', tensor.shape)}\n"));
            hash.AppendData(tensor.detach().cpu().contiguous().bytes);
        }
        return Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();
    }
}
