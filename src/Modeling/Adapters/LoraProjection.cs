using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Adapters;

/// <summary>A decoder projection with a low-rank update: proj(x) + w_b(w_a(x)). SAMed_s, _LoRA_qkv_proj.</summary>
/// <remarks>[..., inputs] to [..., outputs]. A starts uniform as a Linear does, B at zero.</remarks>
internal sealed class LoraProjection : Module<Tensor, Tensor>, IModeAware
{
    private readonly Linear proj;
    private readonly Linear w_a;
    private readonly Linear w_b;
    private ComputeMode _mode = new();

    public LoraProjection(int inputs, int outputs, int rank, Device device) : base(nameof(LoraProjection))
    {
        proj = Linear(inputs, outputs, device: device);
        w_a = Linear(inputs, rank, hasBias: false, device: device);
        w_b = Linear(rank, outputs, hasBias: false, device: device);
        init.zeros_(w_b.weight!);
        RegisterComponents();
    }

    /// <summary>Whether a parameter of that name belongs to such an update.</summary>
    public static bool Owns(string parameterName) =>
        parameterName.Contains("_proj.w_a.", StringComparison.Ordinal) || parameterName.Contains("_proj.w_b.", StringComparison.Ordinal);

    /// <inheritdoc/>
    public void Use(ComputeMode mode) => _mode = mode;

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return proj.CallAs(x, _mode).Plus(w_b.CallAs(w_a.CallAs(x, _mode), _mode)).MoveToOuterDisposeScope();
    }
}
