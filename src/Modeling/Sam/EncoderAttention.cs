using SAMed.MLNet.Modeling.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Multi-head self-attention over a grid of tokens, in windows or over all of it, with decomposed relative positions: [B, H, W, D] to [B, H, W, D].
/// SAM, modeling/image_encoder.py.</summary>
/// <remarks>The published code fills the image with zero tokens up to whole windows. They are attended to, unmasked: their keys and values are those of a zero input.
/// What they attend to is cut away, so no projection and no query of theirs is computed here.</remarks>
internal sealed class EncoderAttention : Module<Tensor, Tensor>
{
    private readonly Parameter rel_pos_h;
    private readonly Parameter rel_pos_w;
    private readonly Module<Tensor, Tensor> qkv;
    private readonly Linear proj;
    private readonly int _heads;
    private readonly AttentionTiling _tiling;
    private readonly Scalar _scale;
    private readonly ComputeMode _mode;

    /// <param name="qkv">The joint projection, plain or adapted.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="window">Side of a window in tokens; 0 to attend to the whole image.</param>
    /// <param name="mode">How it computes.</param>
    /// <param name="device">Where the parameters are made.</param>
    public EncoderAttention(Module<Tensor, Tensor> qkv, SamOptions options, int window, ComputeMode mode, Device device) : base(nameof(EncoderAttention))
    {
        var (dim, length) = (options.EmbedDim, (2 * (window > 0 ? window : options.GridSize)) - 1);
        (_heads, _tiling, _mode) = (options.NumHeads, new(window), mode);
        _scale = 1 / Math.Sqrt(dim / _heads);
        rel_pos_h = new Parameter(zeros(length, dim / _heads, device: device));
        rel_pos_w = new Parameter(zeros(length, dim / _heads, device: device));
        this.qkv = qkv;
        proj = Linear(dim, dim, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (batch, height, width, dim) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        var (tokens, padding) = Project(x);
        var parts = tokens.view(batch, height, width, 3, _heads, dim / _heads).unbind(3);                     // 3 × [B, H, W, heads, c]
        var pad = padding.view(3, _heads, dim / _heads).unbind(0);                                            // 3 × [heads, c]
        var (rows, columns) = Positions(parts[0]);
        var input = new AttentionInput(_tiling, _scale, parts[0], parts[1], parts[2], rows, columns, pad[1], pad[2]);
        var attended = x.device_type == DeviceType.CPU ? TiledAttention.Run(input, _mode.Pass) : FusedAttention.Run(input);
        return proj.CallAs(attended.reshape(batch, height, width, dim), _mode).MoveToOuterDisposeScope();
    }

    /// <summary>What the decomposed relative position adds to a query's products with the keys of each row and of each column.</summary>
    private (Tensor Rows, Tensor Columns) Positions(Tensor query) =>
        RelativePosition.Terms(query, Table(rel_pos_h, query.shape[1], query), Table(rel_pos_w, query.shape[2], query));

    /// <summary>The embeddings of every place along an axis to the places that it attends to, [length, places, c].</summary>
    private Tensor Table(Parameter table, long length, Tensor query)
    {
        var places = _tiling.Window > 0 ? _tiling.Window : length;
        var gathered = RelativePosition.Gather(table, places, places);
        var repeated = places < length ? gathered.repeat((length + places - 1) / places, 1, 1) : gathered;
        return repeated.narrow(0, 0, length).As(query);
    }

    /// <summary>Queries, keys and values of the tokens, [B, H, W, 3D], and those of a zero token, [3D].</summary>
    private (Tensor Tokens, Tensor Padding) Project(Tensor x)
    {
        switch (qkv)
        {
            case Linear { bias: { } bias } when qkv.GetType() == typeof(Linear):
                return (qkv.CallAs(x, _mode), bias.As(x));
            case LoraQkv lora:
                return (qkv.CallAs(x, _mode), lora.Bias.As(x));
            default:
                // What the projection of somebody else makes of a zero token only it can tell; it is asked along with the others.
                var dim = x.shape[3];
                var rows = qkv.CallAs(cat([x.reshape(-1, dim), zeros([1, dim], dtype: x.dtype, device: x.device)]), _mode);
                return (rows.narrow(0, 0, rows.shape[0] - 1).view(x.shape[0], x.shape[1], x.shape[2], 3 * dim), rows.select(0, -1));
        }
    }
}
