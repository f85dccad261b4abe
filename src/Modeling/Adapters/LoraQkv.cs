using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Adapters;

/// <summary>An encoder block's projection with low-rank updates of its query and value parts: q += B_q A_q x, v += B_v A_v x. SAMed, _LoRA_qkv.</summary>
/// <remarks>[..., D] to [..., 3D]. No scale, no dropout, no bias; A starts uniform as a Linear does, B at zero, so that training starts from SAM itself.</remarks>
internal sealed class LoraQkv : Module<Tensor, Tensor>, IModeAware
{
    private readonly Linear qkv;
    private readonly Linear linear_a_q;
    private readonly Linear linear_b_q;
    private readonly Linear linear_a_v;
    private readonly Linear linear_b_v;
    private ComputeMode _mode = new();

    public LoraQkv(int dim, int rank, Device device) : base(nameof(LoraQkv))
    {
        qkv = Linear(dim, 3 * dim, device: device);
        linear_a_q = Linear(dim, rank, hasBias: false, device: device);
        linear_b_q = Linear(rank, dim, hasBias: false, device: device);
        linear_a_v = Linear(dim, rank, hasBias: false, device: device);
        linear_b_v = Linear(rank, dim, hasBias: false, device: device);
        init.zeros_(linear_b_q.weight!);
        init.zeros_(linear_b_v.weight!);
        RegisterComponents();
    }

    /// <summary>Whether a parameter of that name belongs to such an update.</summary>
    public static bool Owns(string parameterName) =>
        parameterName.Contains(".qkv.linear_a_", StringComparison.Ordinal) || parameterName.Contains(".qkv.linear_b_", StringComparison.Ordinal);

    /// <summary>The projection of a zero token, [3D].</summary>
    public Parameter Bias => qkv.bias!;

    /// <inheritdoc/>
    public void Use(ComputeMode mode) => _mode = mode;

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        if (_mode.Held.Holds(trained: true) && !is_grad_enabled())
        {
            var weight = _mode.Held.Get(this, x.dtype, trained: true, () => Merged().As(x));
            return InputType.Linear(x, weight, _mode.Converted(Bias, x), _mode).MoveToOuterDisposeScope();
        }
        var (a, b) = Update();
        var low = x.reshape(-1, qkv.in_features).matmul(a.As(x).t());                         // [.., 2r]
        return qkv.CallAs(x, _mode, (low, b.As(x))).MoveToOuterDisposeScope();
    }

    /// <summary>Both updates as one product [.., D] -> [.., 2r] -> [.., 3D] whose key rows are zero: adding it in place to slices would copy gradients.</summary>
    private (Tensor A, Tensor B) Update()
    {
        var (dim, rank) = (qkv.in_features, linear_a_q.out_features);
        var bQuery = functional.pad(linear_b_q.weight!, [0, rank, 0, 2 * dim]);              // [3D, 2r]
        var bValue = functional.pad(linear_b_v.weight!, [rank, 0, 2 * dim, 0]);              // [3D, 2r]
        return (cat([linear_a_q.weight!, linear_a_v.weight!]), bQuery.Plus(bValue));              // [2r, D], [3D, 2r]
    }

    /// <summary>[3D, D]: the projection's weight with the updates added.</summary>
    private Tensor Merged()
    {
        using var scope = NewDisposeScope();
        var (a, b) = Update();
        return addmm(qkv.weight!, b, a, 1, 1).MoveToOuterDisposeScope();
    }
}
