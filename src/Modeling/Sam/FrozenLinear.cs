using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>A linear layer whose weights do not train: [M, K] to [M, N]. Unlike libtorch's convolution it does not keep its input for a gradient that nobody asks for.</summary>
internal sealed class FrozenLinear : autograd.SingleTensorFunction<FrozenLinear>
{
    private const string CallKey = "call";

    /// <inheritdoc/>
    public override string Name => nameof(FrozenLinear);

    /// <summary>x wᵀ + bias, differentiable in <paramref name="x"/> alone.</summary>
    public static Tensor Run(Tensor x, Tensor weight, Tensor? bias, BackwardPass pass)
    {
        using var scope = NewDisposeScope();
        return apply([new Call(weight, bias, pass), x]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var call = (Call)vars[0];
        ctx.set_materialize_grads(false);
        ctx.save_data(CallKey, call);
        return Products.TimesTransposed((Tensor)vars[1], call.Weight, call.Bias);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (Call)ctx.get_data(CallKey);
        return call.Pass.Gradients(grad_output, 2, gradients => gradients[1] = Products.Times(grad_output.contiguous(), call.Weight));
    }

    private sealed record Call(Tensor Weight, Tensor? Bias, BackwardPass Pass);
}
