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
    private readonly Func<Tensor, Tensor> _activation;
    private readonly ComputeMode _mode;

    public MlpBlock(int dim, int hidden, Func<Tensor, Tensor> activation, ComputeMode mode, Device device) : base(nameof(MlpBlock))
    {
        lin1 = Linear(dim, hidden, device: device);
        lin2 = Linear(hidden, dim, device: device);
        (_activation, _mode) = (activation, mode);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return lin2.CallAs(_activation(lin1.CallAs(x, _mode)), _mode).MoveToOuterDisposeScope();
    }
}
