using SAMed.MLNet.Modeling.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Attention with separate projections, which may narrow the channels: queries [B or 1, Q, D], keys and values [B or 1, K, D] to [B, Q, D].
/// SAM, modeling/transformer.py.</summary>
internal sealed class DecoderAttention : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> q_proj;
    private readonly Linear k_proj;
    private readonly Module<Tensor, Tensor> v_proj;
    private readonly Linear out_proj;
    private readonly int _heads;
    private readonly ComputeMode _mode;

    /// <param name="dim">D.</param>
    /// <param name="heads">Heads, a divisor of D / <paramref name="downsample"/>.</param>
    /// <param name="downsample">Factor by which the channels are narrowed inside.</param>
    /// <param name="adapter">Makes the query and value projections.</param>
    /// <param name="mode">How it computes.</param>
    /// <param name="device">Where the parameters are made.</param>
    public DecoderAttention(int dim, int heads, int downsample, ISamAdapter adapter, ComputeMode mode, Device device) : base(nameof(DecoderAttention))
    {
        var inner = dim / downsample;
        (_heads, _mode) = (heads, mode);
        q_proj = adapter.CreateDecoderProjection(dim, inner, device);
        k_proj = Linear(dim, inner, device: device);
        v_proj = adapter.CreateDecoderProjection(dim, inner, device);
        out_proj = Linear(inner, dim, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor queries, Tensor keys, Tensor values)
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = (Project(q_proj, queries), Project(k_proj, keys), Project(v_proj, values));
        var batch = Math.Max(query.shape[0], key.shape[0]);                                   // a batch of one stands for every image
        var attended = functional.scaled_dot_product_attention(Widen(query, batch), Widen(key, batch), Widen(value, batch));
        var joined = attended.transpose(1, 2).flatten(2);                                     // [B, Q, inner]
        return _mode.Leave(out_proj.CallAs(joined, _mode)).MoveToOuterDisposeScope();
    }

    private Tensor Project(Module<Tensor, Tensor> projection, Tensor x)
    {
        var projected = projection.CallAs(_mode.Enter(x), _mode);
        return projected.view(x.shape[0], x.shape[1], _heads, projected.shape[2] / _heads).transpose(1, 2);
    }

    private static Tensor Widen(Tensor x, long batch) => x.shape[0] == batch ? x : x.expand(batch, x.shape[1], x.shape[2], x.shape[3]);
}
