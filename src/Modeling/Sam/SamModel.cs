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
        var embedding = image_encoder.call(images);
        var (masks, iou) = mask_decoder.call(embedding, prompt_encoder.DensePositions(), prompt_encoder.DenseEmbedding());
        return scope.MoveToOuter(masks, iou);
    }
}
