using System.Text.Json;
using System.Text.Json.Serialization;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>What a LoRA file of ours says about itself, so that it is never paired with the wrong network, base or labels. Files of the published code carry none.</summary>
public sealed record LoraMetadata
{
    /// <summary>The metadata key and the zip record (samed.json) under which it is stored.</summary>
    public const string Key = "samed";

    /// <summary>The version of this layout that is written.</summary>
    public const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(), new SamOptionsConverter() },
    };

    /// <summary>Version of this layout.</summary>
    public int FormatVersion { get; init; } = CurrentVersion;

    /// <summary>Sizes of the network.</summary>
    public SamOptions? Architecture { get; init; }

    /// <summary>Inner width of the updates.</summary>
    public int? Rank { get; init; }

    /// <summary>Which projections have updates.</summary>
    public LoraPlacement? Placement { get; init; }

    /// <summary>Encoder blocks with updates; null means all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Whether the file also holds the image encoder, which was trained.</summary>
    public bool TrainEncoder { get; init; }

    /// <summary>Names of the classes 1..C in order, without background.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Side in pixels of the image that the network sees.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Side in pixels to which slices are resized first; null for none.</summary>
    public int? InputSize { get; init; }

    /// <summary>Channels of the images: 3 for a model of pictures in colour; null for one of grey images.</summary>
    public int? Channels { get; init; }

    /// <summary>Whether the window also applies to files without a geometry (npz, npy, h5), whose intensities are otherwise taken to be in 0..1.</summary>
    public bool WindowArrays { get; init; }

    /// <summary>Lower end of the intensity window in HU; null for none.</summary>
    public double? WindowMinHu { get; init; }

    /// <summary>Upper end of the intensity window in HU; null for none.</summary>
    public double? WindowMaxHu { get; init; }

    /// <summary>Edge rule of the resizing, <c>Exact</c> or <c>Paper</c>; null when not recorded.</summary>
    public string? ZoomEdge { get; init; }

    /// <summary>Axis codes that volumes are brought to before slicing, for instance <c>RAS</c>; null slices them as stored.</summary>
    public string? Orientation { get; init; }

    /// <summary>File name of the SAM checkpoint that training started from; null for random weights.</summary>
    public string? BaseFile { get; init; }

    /// <summary>SHA-256 of that file, lower-case hexadecimal.</summary>
    public string? BaseSha256 { get; init; }

    /// <summary>Epochs trained, when known.</summary>
    public int? Epoch { get; init; }

    /// <summary>Mean Dice on the validation patients, 0 to 1, when known.</summary>
    public double? ValidationDice { get; init; }

    /// <summary>The program that wrote the file.</summary>
    public string? Writer { get; init; }

    /// <summary>Metadata with everything that the network itself knows.</summary>
    public static LoraMetadata Of(SamNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new LoraMetadata { InputSize = network.Options.InputSize }.With(network);
    }

    /// <summary>As JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>From JSON; <paramref name="path"/> is the file for error messages.</summary>
    /// <exception cref="CheckpointFormatException">No such JSON, or of a later version.</exception>
    public static LoraMetadata FromJson(string json, string path)
    {
        LoraMetadata? metadata;
        try
        {
            metadata = JsonSerializer.Deserialize<LoraMetadata>(json, Json);
        }
        catch (Exception fault) when (fault is JsonException or SamOptionsException)
        {
            throw new CheckpointFormatException(path, "metadata", "the JSON that this library writes", fault.Message, fault);
        }
        return metadata is { FormatVersion: >= 1 and <= CurrentVersion }
            ? metadata
            : throw new CheckpointFormatException(path, "metadata, formatVersion", $"1 to {CurrentVersion}", $"{metadata?.FormatVersion} (written by a later version of this library?)");
    }

    internal LoraMetadata With(SamNetwork network) => this with
    {
        Architecture = network.Options,
        Rank = network.Lora.Placement == LoraPlacement.None ? null : network.Lora.Rank,
        Placement = network.Lora.Placement,
        Layers = network.Lora.Layers,
        TrainEncoder = network.Lora.TrainEncoder,
        ImageSize = network.Options.ImageSize,
    };

    private sealed class SamOptionsConverter : JsonConverter<SamOptions>
    {
        public override SamOptions Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            return SamOptions.FromJson(document.RootElement.GetRawText());
        }

        public override void Write(Utf8JsonWriter writer, SamOptions value, JsonSerializerOptions options)
        {
            using var document = JsonDocument.Parse(value.ToJson());
            document.RootElement.WriteTo(writer);
        }
    }
}
