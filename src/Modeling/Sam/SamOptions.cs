using System.Text.Json;
using System.Text.Json.Serialization;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Sizes of a SAM network. JSON names are those of the published code's arguments, so one file describes a model to both.</summary>
/// <remarks>The defaults are SAMed's: vit_b at 512 pixels with eight organs. Source: segment-anything, build_sam.py; SAMed, train.py.</remarks>
public sealed record SamOptions
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
    };

    /// <summary>Side of the square image that the network sees, in pixels; a multiple of <see cref="PatchSize"/>.</summary>
    public int ImageSize { get; init; } = 512;

    /// <summary>Side of one patch (token) in pixels.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>Channels of the image encoder.</summary>
    public int EmbedDim { get; init; } = 768;

    /// <summary>Transformer blocks of the image encoder.</summary>
    public int Depth { get; init; } = 12;

    /// <summary>Attention heads of the image encoder; divides <see cref="EmbedDim"/>.</summary>
    public int NumHeads { get; init; } = 12;

    /// <summary>Hidden width of the encoder's MLPs as a multiple of <see cref="EmbedDim"/>.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Side of an attention window in tokens.</summary>
    public int WindowSize { get; init; } = 14;

    /// <summary>Blocks with attention over the whole image instead of windows.</summary>
    public IReadOnlyList<int> GlobalAttnIndexes { get; init; } = [2, 5, 8, 11];

    /// <summary>Channels of the image embedding, the prompt encoder and the mask decoder; a multiple of 8 and of <see cref="DecoderNumHeads"/>.</summary>
    public int PromptEmbedDim { get; init; } = 256;

    /// <summary>Channels inside the prompt encoder's mask branch; a multiple of 4.</summary>
    public int MaskInChans { get; init; } = 16;

    /// <summary>Layers of the mask decoder's two-way transformer.</summary>
    public int DecoderDepth { get; init; } = 2;

    /// <summary>Attention heads of the mask decoder.</summary>
    public int DecoderNumHeads { get; init; } = 8;

    /// <summary>Hidden width of the mask decoder's MLPs.</summary>
    public int DecoderMlpDim { get; init; } = 2048;

    /// <summary>Factor by which cross attentions narrow their channels.</summary>
    public int AttentionDownsampleRate { get; init; } = 2;

    /// <summary>Linear layers of the head that predicts each mask's quality.</summary>
    public int IouHeadDepth { get; init; } = 3;

    /// <summary>Hidden width of that head.</summary>
    public int IouHeadHiddenDim { get; init; } = 256;

    /// <summary>Organs, without background; the network has one mask more.</summary>
    public int NumClasses { get; init; } = 8;

    /// <summary>Subtracted from the three channels of the image.</summary>
    public IReadOnlyList<double> PixelMean { get; init; } = [0, 0, 0];

    /// <summary>Divides the three channels of the image.</summary>
    public IReadOnlyList<double> PixelStd { get; init; } = [1, 1, 1];

    /// <summary>Side in pixels to which slices are resized before they are resized to <see cref="ImageSize"/>, as published (224); null skips that step.</summary>
    public int? InputSize { get; init; }

    /// <summary>Tokens along a side of the image embedding.</summary>
    [JsonIgnore]
    public int GridSize => ImageSize / PatchSize;

    /// <summary>Side in pixels of the low-resolution logits that the loss is computed on.</summary>
    [JsonIgnore]
    public int LowResSize => 4 * GridSize;

    /// <summary>SAMed: ViT-Base.</summary>
    public static SamOptions VitB { get; } = new() { InputSize = 224 };

    /// <summary>ViT-Large.</summary>
    public static SamOptions VitL { get; } = VitB with { EmbedDim = 1024, Depth = 24, NumHeads = 16, GlobalAttnIndexes = [5, 11, 17, 23] };

    /// <summary>SAMed_h: ViT-Huge.</summary>
    public static SamOptions VitH { get; } = VitB with { EmbedDim = 1280, Depth = 32, NumHeads = 16, GlobalAttnIndexes = [7, 15, 23, 31] };

    /// <summary>Reads a configuration; keys that it does not know (the file may describe the adapter too) are left to others.</summary>
    /// <exception cref="SamOptionsException">No file, no JSON, or faults that <see cref="Validate"/> lists.</exception>
    public static SamOptions FromJsonFile(string path)
    {
        try
        {
            return FromJson(File.ReadAllText(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or SamOptionsException)
        {
            throw new SamOptionsException($"The model configuration '{path}' cannot be used: {error.Message}", error);
        }
    }

    /// <summary>Reads a configuration from JSON text, as <see cref="FromJsonFile"/>.</summary>
    /// <exception cref="SamOptionsException">No JSON, or faults that <see cref="Validate"/> lists.</exception>
    public static SamOptions FromJson(string json)
    {
        try
        {
            var options = JsonSerializer.Deserialize<SamOptions>(json, Json) ?? throw new SamOptionsException("The JSON is null, expected an object.");
            options.Validate();
            return options;
        }
        catch (JsonException error)
        {
            throw new SamOptionsException($"Not a JSON object with the fields of a SAM configuration: {error.Message}", error);
        }
    }

    /// <summary>The configuration as indented JSON that <see cref="FromJson"/> and the published code understand.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Writes <see cref="ToJson"/> to a file.</summary>
    public void ToJsonFile(string path) => AtomicFile.WriteText(path, ToJson());

    /// <summary>Checks all sizes together.</summary>
    /// <exception cref="SamOptionsException">Lists every fault with the field, its value and what is expected.</exception>
    public void Validate()
    {
        var faults = SamOptionsRules.FaultsOf(this).ToList();
        if (faults.Count > 0)
        {
            throw new SamOptionsException($"The model configuration has {faults.Count} fault(s): {string.Join("; ", faults)}.");
        }
    }

    /// <summary>Equal when every field is, lists compared by their elements.</summary>
    public bool Equals(SamOptions? other) => other is not null && ToJson() == other.ToJson();

    /// <inheritdoc/>
    public override int GetHashCode() => ToJson().GetHashCode(StringComparison.Ordinal);
}
