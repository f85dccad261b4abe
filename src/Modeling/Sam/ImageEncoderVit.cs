using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>SAM's vision transformer: [B, 3, S, S] to the image embedding [B, N, S/P, S/P]. SAM, modeling/image_encoder.py.</summary>
internal sealed class ImageEncoderVit : Module<Tensor, Tensor>
{
    private const long CachedTokens = 1024;
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

    /// <summary>How many blocks lie, counted from the input, before anything that trains; 0 where the embedding of patches or positions, or the first block, trains.</summary>
    public int FrozenBlocks
    {
        get
        {
            var embeds = pos_embed.requires_grad || patch_embed.parameters().Any(parameter => parameter.requires_grad);
            return embeds ? 0 : blocks.TakeWhile(block => !block.parameters().Any(parameter => parameter.requires_grad)).Count();
        }
    }

    /// <summary>The type of the parameters.</summary>
    public ScalarType WeightType => pos_embed.dtype;

    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        // Gradients that somebody asks of the images go through every block.
        var frozen = is_grad_enabled() && !images.requires_grad ? FrozenBlocks : 0;
        var features = frozen > 0 ? Features(images, frozen) : Embed(images);
        return FromFeatures(features, frozen).MoveToOuterDisposeScope();
    }

    /// <summary>[B, 3, S, S] to [B, S/P, S/P, D]: the residual path after the first <paramref name="count"/> blocks, without gradient.</summary>
    public Tensor Features(Tensor images, int count)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        return Through(blocks.Take(count), Embed(images)).MoveToOuterDisposeScope();
    }

    /// <summary>The rest of the way: [B, S/P, S/P, D] after <paramref name="count"/> blocks to the image embedding.</summary>
    public Tensor FromFeatures(Tensor x, int count)
    {
        using var scope = NewDisposeScope();
        return neck.call(Through(blocks.Skip(count), x).permute(0, 3, 1, 2)).MoveToOuterDisposeScope();
    }

    private Tensor Through(IEnumerable<EncoderBlock> some, Tensor x)
    {
        using var scope = NewDisposeScope();
        var together = Together(x);
        if (together >= x.shape[0])
        {
            return ThroughAtOnce(some, x).MoveToOuterDisposeScope();
        }
        var results = new List<Tensor>();
        foreach (var part in x.split(together))
        {
            results.Add(ThroughAtOnce(some, part));
            // Half of the holes' memory for a twentieth of the time; in half precision activations are half as large.
            if (is_grad_enabled() && !_mode.Checkpointing && _mode.Precision == Precision.Fp32 && results.Count % 2 == 0)
            {
                NativeHeap.GiveBackHoles();
            }
        }
        return cat(results).MoveToOuterDisposeScope();
    }

    private Tensor ThroughAtOnce(IEnumerable<EncoderBlock> some, Tensor x)
    {
        var result = x;
        foreach (var block in some)
        {
            var before = result;
            result = _mode.Checkpointing ? CheckpointedBlock.Run(block, before, _mode.Pass) : block.call(before);
            if (!ReferenceEquals(before, x))
            {
                before.Dispose();
            }
        }
        // The caller's own tensor must stay in the caller's scope.
        return ReferenceEquals(result, x) ? x.alias() : result;
    }

    /// <summary>How many images go through the blocks at once: on a CPU as many as make a layer's results fit its cache, elsewhere all.</summary>
    private static long Together(Tensor x) => x.device_type == DeviceType.CPU ? Math.Max(1, CachedTokens / (x.shape[1] * x.shape[2])) : x.shape[0];

    private Tensor Embed(Tensor images) => patch_embed.call(images).Plus(pos_embed);            // [B, S/P, S/P, D]
}
