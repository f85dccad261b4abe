using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.AsPublished;

/// <summary>SAMed in the plain formulation of its description, without a thought for speed, in float32: what the library's network has to equal and is measured against.</summary>
/// <remarks>It computes with the parameters of a <see cref="SamNetwork"/> itself, found by their names, so outputs and gradients of both can be compared. Windows are filled with
/// zero tokens to their full size, every attention score is stored, low-rank updates are two products beside the projection, and the image has three channels.</remarks>
public sealed class AsPublishedSam
{
    private readonly SamOptions _options;
    private readonly Weights _sam;

    private AsPublishedSam(SamOptions options, Weights sam)
    {
        _options = options;
        _sam = sam;
    }

    private Weights ImageEncoder => _sam.At("image_encoder");

    /// <summary>The formulation over a network's own parameters: it follows their changes. Both LoRA placements and plain networks are known.</summary>
    public static AsPublishedSam Of(SamNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new AsPublishedSam(network.Options, Weights.Of(network).At("sam"));
    }

    /// <summary>Masks at the image's size, qualities and low-resolution logits of [B, 3 or 1, h, w]. The caller disposes the result.</summary>
    public SamOutput Forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (lowRes, iou) = Decoder(Encoder(Prepare(images)));
        long[] size = [_options.ImageSize, _options.ImageSize];
        var masks = functional.interpolate(lowRes, size, mode: InterpolationMode.Bilinear, align_corners: false);
        return new SamOutput(masks.MoveToOuterDisposeScope(), iou.MoveToOuterDisposeScope(), lowRes.MoveToOuterDisposeScope());
    }

    /// <summary>[B, 3 or 1, h, w] to [B, C+1, S/4, S/4], with gradients where they are recorded. The caller disposes the result.</summary>
    public Tensor LowResLogits(Tensor images)
    {
        using var scope = NewDisposeScope();
        return Decoder(Encoder(Prepare(images))).Masks.MoveToOuterDisposeScope();
    }

    /// <summary>[B, 3 or 1, h, w] to [B, 3, S, S]: three channels, normalised, filled with zeros at the right and bottom.</summary>
    public Tensor Prepare(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var scope = NewDisposeScope();
        var colour = images.shape[1] == 1 ? images.repeat(1, 3, 1, 1) : images;
        var normalized = (colour - Channels(_options.PixelMean, images)) / Channels(_options.PixelStd, images);
        return functional.pad(normalized, [0, _options.ImageSize - images.shape[3], 0, _options.ImageSize - images.shape[2]]).MoveToOuterDisposeScope();
    }

    /// <summary>[B, 3, S, S] to patches [B, S/P, S/P, D], without their positions.</summary>
    public Tensor PatchEmbed(Tensor images) => EncoderParts.PatchEmbed(ImageEncoder, _options, images);

    /// <summary>[B, 3, S, S] to the image embedding [B, N, S/P, S/P].</summary>
    public Tensor Encoder(Tensor images)
    {
        using var scope = NewDisposeScope();
        var x = PatchEmbed(images) + ImageEncoder["pos_embed"];
        for (var block = 0; block < _options.Depth; block++)
        {
            using var previous = x;
            x = Block(block, x);
        }
        return EncoderParts.Neck(ImageEncoder.At("neck"), x.permute(0, 3, 1, 2)).MoveToOuterDisposeScope();
    }

    /// <summary>One encoder block: [B, H, W, D] to [B, H, W, D].</summary>
    public Tensor Block(int block, Tensor x) => EncoderParts.Block(ImageEncoder.At($"blocks.{block}"), _options, WindowOf(block), x);

    /// <summary>The attention of an encoder block, in windows where the block has them: [B, H, W, D] to [B, H, W, D].</summary>
    public Tensor Attention(int block, Tensor x) =>
        EncoderParts.WindowedAttention(ImageEncoder.At($"blocks.{block}.attn"), _options.NumHeads, WindowOf(block), x);

    /// <summary>The joint projection of an encoder block: [..., D] to [..., 3D].</summary>
    public Tensor Qkv(int block, Tensor x) => EncoderParts.Qkv(ImageEncoder.At($"blocks.{block}.attn"), x);

    /// <summary>The image embedding [B, N, S/P, S/P] to logits [B, C+1, S/4, S/4] and qualities [B, C+1].</summary>
    public (Tensor Masks, Tensor Iou) Decoder(Tensor embedding) => DecoderParts.Decode(_sam, _options, embedding);

    private int WindowOf(int block) => _options.GlobalAttnIndexes.Contains(block) ? 0 : _options.WindowSize;

    private static Tensor Channels(IEnumerable<double> values, Tensor like) =>
        tensor(values.Select(value => (float)value).ToArray(), dtype: like.dtype, device: like.device).view(1, 3, 1, 1);
}
