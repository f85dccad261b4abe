using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>Which files make a model, and what they must be.</summary>
public sealed record SegmentationModelOptions
{
    /// <summary>The LoRA file.</summary>
    public required string LoraFile { get; init; }

    /// <summary>The SAM checkpoint it was trained on; null = the one that the LoRA file names, looked for beside it.</summary>
    public string? SamFile { get; init; }

    /// <summary>The architecture; null = what the LoRA file says; for the reference's files, which do not say, the one of vit_b, vit_l and vit_h whose width and depth they have, else vit_b. Its number of classes is replaced by the file's.</summary>
    public SamOptions? Model { get; init; }

    /// <summary>Side of the image that the network sees; null = the LoRA file's or the architecture's.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Rank that the file must have; null = whatever it has.</summary>
    public int? Rank { get; init; }

    /// <summary>What the file must have updates of: <see cref="LoraPlacement.Encoder"/> for SAMed, <see cref="LoraPlacement.EncoderDecoder"/> for SAMed_s; null = whatever it has.</summary>
    public LoraPlacement? Placement { get; init; }

    /// <summary>Number of classes without background that the file must have; null = whatever it has.</summary>
    public int? NumClasses { get; init; }

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>. Default auto.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>In which format the transformer layers compute, however the model was trained. Default <see cref="Precision.Fp32"/>.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;
}
