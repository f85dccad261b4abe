using System.Globalization;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>What the keys and shapes of a file tell about the model behind it; what they do not tell is null.</summary>
public sealed record CheckpointSummary
{
    /// <summary>What the file is for.</summary>
    public required CheckpointKind Kind { get; init; }

    /// <summary>vit_b, vit_l or vit_h where encoder width and depth fit one of them, else null.</summary>
    public string? Architecture { get; init; }

    /// <summary>Channels of the image encoder.</summary>
    public int? EmbedDim { get; init; }

    /// <summary>Blocks of the image encoder; in a LoRA file the blocks with updates.</summary>
    public int? Depth { get; init; }

    /// <summary>Inner width of the low-rank updates.</summary>
    public int? Rank { get; init; }

    /// <summary>Masks without background (SAM's own files: its three multimask outputs).</summary>
    public int? Classes { get; init; }

    /// <summary>Side of the image in pixels.</summary>
    public int? ImageSize { get; init; }

    /// <summary>What stands before SAM's own names, as "sam." or "model/".</summary>
    public string Prefix { get; init; } = string.Empty;

    /// <summary>One line for people.</summary>
    public string Description
    {
        get
        {
            var facts = new List<string>();
            Add(Architecture, "{0}");
            Add(Rank, "rank {0}");
            Add(Classes, "{0} classes");
            Add(ImageSize, "image size {0}");
            Add(EmbedDim, "embed_dim {0}");
            Add(Depth, Kind is CheckpointKind.Sam or CheckpointKind.SamedNetwork ? "depth {0}" : "{0} adapted blocks");
            return facts.Count == 0 ? Name(Kind) : $"{Name(Kind)} ({string.Join(", ", facts)})";
            void Add(object? value, string format)
            {
                if (value is not null)
                {
                    facts.Add(string.Format(CultureInfo.InvariantCulture, format, value));
                }
            }
        }
    }

    /// <summary>The kind in words.</summary>
    public static string Name(CheckpointKind kind) => kind switch
    {
        CheckpointKind.Sam => "a SAM checkpoint",
        CheckpointKind.SamedLora => "a SAMed LoRA file",
        CheckpointKind.SamedSLora => "a SAMed_s LoRA file (encoder and mask decoder)",
        CheckpointKind.EncoderLora => "a LoRA file of the image encoder without a mask decoder",
        CheckpointKind.Decoder => "a prompt encoder and mask decoder without an image encoder",
        CheckpointKind.SamedNetwork => "the state of a whole SAMed network with its updates",
        CheckpointKind.Optimizer => "an optimizer's state",
        _ => "no SAM or SAMed checkpoint",
    };
}
