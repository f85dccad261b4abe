using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SAMed.MLNet.Shared;
using TorchSharp;

namespace SAMed.MLNet.Estimators.Records;

/// <summary>What a folder of results was made from and how: the content of <c>run.json</c>. Training keeps a longer record in a file of the same name,
/// <see cref="Training.RunManifest"/>, which has these fields too.</summary>
public sealed record RunRecord
{
    /// <summary>The name of the file: <c>run.json</c>.</summary>
    public const string FileName = "run.json";

    internal static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Version of SAMed.MLNet. Default: this one.</summary>
    public string Version { get; init; } = ProductVersion.Text;

    /// <summary>What was done, as the command line calls it: <c>predict</c>, <c>preprocess</c>.</summary>
    public required string Command { get; init; }

    /// <summary>The options: any object that <see cref="JsonSerializer"/> writes.</summary>
    public required object Options { get; init; }

    /// <summary>What came of the options in the end, defaults and what files recorded included: any object that <see cref="JsonSerializer"/> writes. Default null: the options say it all.</summary>
    public object? Effective { get; init; }

    /// <summary>The folder that paths of <see cref="Files"/> start at; null where they are absolute.</summary>
    public string? Data { get; init; }

    /// <summary>Every file that was read, with its hash.</summary>
    public required IReadOnlyList<HashedFile> Files { get; init; }

    /// <summary>Seed of what was drawn; null where nothing was.</summary>
    public long? Seed { get; init; }

    /// <summary>Version of libtorch; null where it was not used. Default: the version in the process.</summary>
    public string? LibTorch { get; init; } = Modeling.Runtime.LibTorch.Loaded?.Version;

    /// <summary>The device, for instance <c>cpu</c> or <c>cuda:0</c>; null where no tensor was computed.</summary>
    public string? Device { get; init; }

    /// <summary>Threads of one tensor operation on the CPU; null where libtorch was not used.</summary>
    public int? Threads { get; init; } = Modeling.Runtime.LibTorch.Loaded is null ? null : torch.get_num_threads();

    /// <summary>When the work began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>How long it took, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>As indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Writes the record into <paramref name="folder"/>, whole or not at all. A <c>run.json</c> of the same command is replaced; one of another command (a training
    /// run, say) is kept, and this record goes to <c>run.COMMAND.json</c> beside it.</summary>
    /// <returns>The path of the file.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not write there.</exception>
    public string Write(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = Path.Combine(folder, FileName);
        if (File.Exists(path) && CommandOf(path) != Command)
        {
            path = Path.Combine(folder, NamesOf(Command)[1]);
        }
        AtomicFile.WriteText(path, ToJson());
        return path;
    }

    /// <summary>The names that a record of <paramref name="command"/> may get: the usual one, and the one beside another command's.</summary>
    public static IReadOnlyList<string> NamesOf(string command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return [FileName, $"run.{command.Replace(' ', '-')}.json"];
    }

    /// <summary>The command that the record at <paramref name="path"/> is of; null when it does not say, or is not there.</summary>
    internal static string? CommandOf(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) is JsonObject record && record.TryGetPropertyValue("command", out var command)
                && command is JsonValue value && value.TryGetValue<string>(out var name) ? name : null;
        }
        // Whatever it is, it is not ours to replace.
        catch (JsonException)
        {
            return null;
        }
    }
}
