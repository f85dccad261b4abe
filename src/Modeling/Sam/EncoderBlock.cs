using SAMed.MLNet.Modeling.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>A transformer block of the image encoder: [B, H, W, D] to [B, H, W, D]. SAM, modeling/image_encoder.py.</summary>
/// <remarks>Windows are cut after the first norm. The zero tokens that fill the last windows are not masked: they attend and are attended to, as published.</remarks>
internal sealed class EncoderBlock : Module<Tensor, Tensor>
{
    private const double NormEps = 1e-6;
    private readonly LayerNorm norm1;
    private readonly EncoderAttention attn;
    private readonly LayerNorm norm2;
    private readonly MlpBlock mlp;
    private readonly int _windowSize;
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
        _windowSize = options.GlobalAttnIndexes.Contains(block) ? 0 : options.WindowSize;
        norm1 = LayerNorm(dim, NormEps, device: device);
        attn = new EncoderAttention(adapter.CreateQkv(block, dim, device), dim, options.NumHeads, _windowSize > 0 ? _windowSize : options.GridSize, device);
        norm2 = LayerNorm(dim, NormEps, device: device);
        mlp = new MlpBlock(dim, (int)(dim * options.MlpRatio), functional.gelu, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        x = x + Attend(_mode.Enter(norm1.call(x)));
        return (x + mlp.call(_mode.Enter(norm2.call(x)))).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor x)
    {
        if (_windowSize == 0)
        {
            return attn.call(x);
        }
        return WindowPartition.Join(attn.call(WindowPartition.Split(x, _windowSize)), _windowSize, x.shape[1], x.shape[2]);
    }
}
