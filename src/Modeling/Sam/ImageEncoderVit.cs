using SAMed.MLNet.Modeling.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>SAM's vision transformer: [B, 3, S, S] to the image embedding [B, N, S/P, S/P]. SAM, modeling/image_encoder.py.</summary>
internal sealed class ImageEncoderVit : Module<Tensor, Tensor>
{
    private readonly Parameter pos_embed;
    private readonly PatchEmbed patch_embed;
    private readonly ModuleList<EncoderBlock> blocks;
    private readonly Sequential neck;
    private readonly ComputeMode _mode;

    public ImageEncoderVit(SamOptions options, ISamAdapter adapter, ComputeMode mode, Device device) : base(nameof(ImageEncoderVit))
    {
        _mode = mode;
        var (dim, outputs, grid) = (options.EmbedDim, options.PromptEmbedDim, options.GridSize);
        pos_embed = new Parameter(zeros(1, grid, grid, dim, device: device));
        patch_embed = new PatchEmbed(options.PatchSize, dim, device);
        blocks = ModuleList(Enumerable.Range(0, options.Depth).Select(block => new EncoderBlock(options, block, adapter, mode, device)).ToArray());
        neck = Sequential(
            Conv2d(dim, outputs, 1, bias: false, device: device),
            new LayerNorm2d(outputs, device),
            Conv2d(outputs, outputs, 3, padding: 1, bias: false, device: device),
            new LayerNorm2d(outputs, device));
        RegisterComponents();
    }

    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var x = patch_embed.call(images) + pos_embed;                                         // [B, S/P, S/P, D]
        foreach (var block in blocks)
        {
            x = _mode.Checkpointing ? CheckpointedBlock.Run(block, x, _mode.Pass) : block.call(x);
        }
        return neck.call(x.permute(0, 3, 1, 2)).MoveToOuterDisposeScope();
    }
}
