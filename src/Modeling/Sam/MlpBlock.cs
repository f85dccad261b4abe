using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>A transformer block's two linear layers with an activation between: [..., D] to [..., D] in the type of its input. SAM, modeling/common.py.</summary>
internal sealed class MlpBlock : Module<Tensor, Tensor>
{
    private readonly Linear lin1;
    private readonly Linear lin2;
    private readonly Func<Tensor, bool, Tensor> _activation;
    private readonly ComputeMode _mode;

    /// <param name="dim">D.</param>
    /// <param name="hidden">Channels between the layers.</param>
    /// <param name="activation">The activation; in place where the second argument says so.</param>
    /// <param name="mode">How it computes.</param>
    /// <param name="device">Where the parameters are made.</param>
    public MlpBlock(int dim, int hidden, Func<Tensor, bool, Tensor> activation, ComputeMode mode, Device device) : base(nameof(MlpBlock))
    {
        lin1 = Linear(dim, hidden, device: device);
        lin2 = Linear(hidden, dim, device: device);
        (_activation, _mode) = (activation, mode);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var hidden = lin1.CallAs(x, _mode);
        return lin2.CallAs(_activation(hidden, !hidden.requires_grad), _mode).MoveToOuterDisposeScope();
    }
}
