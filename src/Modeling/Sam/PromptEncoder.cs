using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>SAM's prompt encoder when no prompt is given, as SAMed always calls it. SAM, modeling/prompt_encoder.py.</summary>
/// <remarks>The parameters for points, boxes and masks are there because checkpoints hold them; only <c>no_mask_embed</c> and the position matrix are used.</remarks>
internal sealed class PromptEncoder : Module
{
    private const int PointKinds = 4;
    private readonly PositionEmbeddingRandom pe_layer;
    private readonly ModuleList<TokenTable> point_embeddings;
    private readonly TokenTable not_a_point_embed;
    private readonly Sequential mask_downscaling;
    private readonly TokenTable no_mask_embed;
    private readonly int _gridSize;

    public PromptEncoder(SamOptions options, Device device) : base(nameof(PromptEncoder))
    {
        var (dim, mask) = (options.PromptEmbedDim, options.MaskInChans);
        _gridSize = options.GridSize;
        pe_layer = new PositionEmbeddingRandom(dim / 2, device);
        point_embeddings = ModuleList(Enumerable.Range(0, PointKinds).Select(_ => new TokenTable(1, dim, device)).ToArray());
        not_a_point_embed = new TokenTable(1, dim, device);
        mask_downscaling = Sequential(
            Conv2d(1, mask / 4, 2, stride: 2, device: device),
            new LayerNorm2d(mask / 4, device),
            GELU(),
            Conv2d(mask / 4, mask, 2, stride: 2, device: device),
            new LayerNorm2d(mask, device),
            GELU(),
            Conv2d(mask, dim, 1, device: device));
        no_mask_embed = new TokenTable(1, dim, device);
        RegisterComponents();
    }

    /// <summary>The position of every cell of the image embedding: [1, N, S/P, S/P].</summary>
    public Tensor DensePositions() => pe_layer.Dense(_gridSize);

    /// <summary>What "no mask given" adds to every cell of the image embedding: [1, N, 1, 1]. Sparse prompts are none.</summary>
    public Tensor DenseEmbedding()
    {
        var weight = no_mask_embed.Weight;
        return weight.view(1, weight.shape[1], 1, 1);
    }
}
