using SAMed.MLNet.Modeling.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>SAM's mask decoder with one token and one mask per class and background, all of which are always returned. SAMed, modeling/mask_decoder.py.</summary>
/// <remarks>Takes the image embedding [B, N, h, w], its positions [1, N, h, w] and the dense prompt [1, N, 1, 1];
/// gives logits [B, C+1, 4h, 4w] and predicted qualities [B, C+1].</remarks>
internal sealed class MaskDecoder : Module<Tensor, Tensor, Tensor, (Tensor Masks, Tensor Iou)>
{
    private readonly TwoWayTransformer transformer;
    private readonly TokenTable iou_token;
    private readonly TokenTable mask_tokens;
    private readonly Sequential output_upscaling;
    private readonly ModuleList<Mlp> output_hypernetworks_mlps;
    private readonly Mlp iou_prediction_head;

    public MaskDecoder(SamOptions options, ISamAdapter adapter, ComputeMode mode, Device device) : base(nameof(MaskDecoder))
    {
        var (dim, masks) = (options.PromptEmbedDim, options.NumClasses + 1);
        transformer = new TwoWayTransformer(options, adapter, mode, device);
        iou_token = new TokenTable(1, dim, device);
        mask_tokens = new TokenTable(masks, dim, device);
        output_upscaling = Sequential(
            ConvTranspose2d(dim, dim / 4, 2, stride: 2, device: device),
            new LayerNorm2d(dim / 4, device),
            GELU(),
            ConvTranspose2d(dim / 4, dim / 8, 2, stride: 2, device: device),
            GELU());
        output_hypernetworks_mlps = ModuleList(Enumerable.Range(0, masks).Select(_ => new Mlp(dim, dim, dim / 8, 3, device)).ToArray());
        iou_prediction_head = new Mlp(dim, options.IouHeadHiddenDim, masks, options.IouHeadDepth, device);
        RegisterComponents();
    }

    public override (Tensor Masks, Tensor Iou) forward(Tensor embedding, Tensor positions, Tensor densePrompt)
    {
        using var scope = NewDisposeScope();
        var tokens = cat([iou_token.Weight, mask_tokens.Weight]).unsqueeze(0);                // [1, C+2, N]
        var (queries, keys) = transformer.call(embedding.Plus(densePrompt), positions, tokens);
        var (batch, height, width) = (embedding.shape[0], embedding.shape[2], embedding.shape[3]);
        var image = keys.transpose(1, 2).view(batch, keys.shape[2], height, width);
        var upscaled = output_upscaling.call(image);                                          // [B, N/8, 4h, 4w]
        var weights = stack(output_hypernetworks_mlps.Select((mlp, i) => mlp.call(queries.select(1, 1 + i))), 1);   // [B, C+1, N/8]
        var masks = weights.matmul(upscaled.flatten(2)).view(batch, weights.shape[1], 4 * height, 4 * width);
        var iou = iou_prediction_head.call(queries.select(1, 0));
        return scope.MoveToOuter(masks, iou);
    }
}
