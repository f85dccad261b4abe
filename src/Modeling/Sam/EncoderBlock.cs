using SAMed.MLNet.Modeling.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>A transformer block of the image encoder: [B, H, W, D] to [B, H, W, D]. SAM, modeling/image_encoder.py.</summary>
internal sealed class EncoderBlock : Module<Tensor, Tensor>
{
    private const double NormEps = 1e-6;
    private readonly LayerNorm norm1;
    private readonly EncoderAttention attn;
    private readonly LayerNorm norm2;
    private readonly MlpBlock mlp;
    private readonly ComputeMode _mode;

    /// <param name="options">Sizes.</param>
    /// <param name="block">Number of the block, from 0.</param>
    /// <param name="adapter">Makes the joint projection.</param>
    /// <param name="mode">How it computes.</param>
    /// <param name="device">Where the parameters are made.</param>
    public EncoderBlock(SamOptions options, int block, ISamAdapter adapter, ComputeMode mode, Device device) : base(nameof(EncoderBlock))
    {
        var dim = options.EmbedDim;
        _mode = mode;
        var window = options.GlobalAttnIndexes.Contains(block) ? 0 : options.WindowSize;
        norm1 = LayerNorm(dim, NormEps, device: device);
        attn = new EncoderAttention(adapter.CreateQkv(block, dim, device), options, window, mode, device);
        norm2 = LayerNorm(dim, NormEps, device: device);
        mlp = new MlpBlock(dim, (int)(dim * options.MlpRatio), (hidden, inPlace) => functional.gelu(hidden, inPlace), mode, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        // What is not needed any more is freed at once: the next layer's results take its place in memory.
        Tensor sum;
        using (var normed = _mode.Enter(norm1.call(x)))
        using (var attended = attn.call(normed))
        {
            sum = x.Plus(attended);
        }
        using var normedSum = _mode.Enter(norm2.call(sum));
        using var hidden = mlp.call(normedSum);
        return sum.Plus(hidden).MoveToOuterDisposeScope();
    }
}
