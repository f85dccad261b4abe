using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AddAdapter;

/// <summary>An encoder block's joint projection, [..., D] to [..., 3D], whose queries and values are scaled and shifted per channel. Scales start at one
/// and shifts at zero, so that training starts from SAM itself.</summary>
/// <remarks>The names of the fields become the names in the state dict: <c>….attn.qkv.scale_q</c>.</remarks>
internal sealed class ScaleShiftQkv : Module<Tensor, Tensor>
{
    private readonly Linear linear;
    private readonly Parameter scale_q;
    private readonly Parameter shift_q;
    private readonly Parameter scale_v;
    private readonly Parameter shift_v;

    public ScaleShiftQkv(int channels, Device device) : base(nameof(ScaleShiftQkv))
    {
        linear = Linear(channels, 3 * channels, device: device);
        scale_q = new Parameter(ones(channels, device: device));
        shift_q = new Parameter(zeros(channels, device: device));
        scale_v = new Parameter(ones(channels, device: device));
        shift_v = new Parameter(zeros(channels, device: device));
        RegisterComponents();
    }

    /// <summary>Whether a tensor of that name was added here.</summary>
    public static bool Owns(string name) =>
        name.Contains(".qkv.scale_", StringComparison.Ordinal) || name.Contains(".qkv.shift_", StringComparison.Ordinal);

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var scale = cat([scale_q, ones_like(scale_q), scale_v]);                             // [3D]; the keys stay as they are
        var shift = cat([shift_q, zeros_like(shift_q), shift_v]);                            // [3D]
        return ((linear.call(x) * scale) + shift).MoveToOuterDisposeScope();
    }
}
