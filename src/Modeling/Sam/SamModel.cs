using SAMed.MLNet.Modeling.Adapters;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Image encoder, prompt encoder and mask decoder wired together, as SAMed calls them: no prompts. SAMed, modeling/sam.py.</summary>
/// <remarks>[B, 3, S, S] to low-resolution logits [B, C+1, S/4, S/4] and predicted qualities [B, C+1].</remarks>
internal sealed class SamModel : Module<Tensor, (Tensor LowResLogits, Tensor Iou)>
{
    private readonly ImageEncoderVit image_encoder;
    private readonly PromptEncoder prompt_encoder;
    private readonly MaskDecoder mask_decoder;

    public SamModel(SamOptions options, ISamAdapter adapter, ComputeMode mode, Device device) : base("Sam")
    {
        image_encoder = new ImageEncoderVit(options, adapter, mode, device);
        prompt_encoder = new PromptEncoder(options, device);
        mask_decoder = new MaskDecoder(options, adapter, mode, device);
        RegisterComponents();
    }

    public override (Tensor LowResLogits, Tensor Iou) forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (masks, iou) = Decode(image_encoder.call(images));
        return scope.MoveToOuter(masks, iou);
    }

    /// <summary>The type of the parameters.</summary>
    public ScalarType WeightType => image_encoder.WeightType;

    /// <summary><see cref="ImageEncoderVit.FrozenBlocks"/>.</summary>
    public int FrozenBlocks => image_encoder.FrozenBlocks;

    /// <summary>[B, 3, S, S] to [B, S/P, S/P, D] after the frozen blocks, without gradient.</summary>
    public Tensor FrozenFeatures(Tensor images) => image_encoder.Features(images, FrozenBlocks);

    /// <summary>[B, S/P, S/P, D] after the frozen blocks to low-resolution logits [B, C+1, S/4, S/4].</summary>
    public Tensor LowResLogitsFrom(Tensor features)
    {
        using var scope = NewDisposeScope();
        return Decode(image_encoder.FromFeatures(features, FrozenBlocks)).LowResLogits.MoveToOuterDisposeScope();
    }

    private (Tensor LowResLogits, Tensor Iou) Decode(Tensor embedding)
    {
        using var scope = NewDisposeScope();
        var (masks, iou) = mask_decoder.call(embedding, prompt_encoder.DensePositions(), prompt_encoder.DenseEmbedding());
        return scope.MoveToOuter(masks, iou);
    }
}
