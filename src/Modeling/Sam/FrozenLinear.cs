using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>A linear layer whose weights do not train, with a low-rank update that does: x wᵀ + bias + low upᵀ, [M, K] to [M, N]. Unlike libtorch's convolution it does not keep its
/// input for a gradient that nobody asks for, and the update is added in place.</summary>
internal sealed class FrozenLinear : autograd.SingleTensorFunction<FrozenLinear>
{
    private const string CallKey = "call";
    private const int Input = 1, Low = 2, Up = 3;

    /// <inheritdoc/>
    public override string Name => nameof(FrozenLinear);

    /// <summary>The layer; differentiable in <paramref name="x"/> and the update.</summary>
    /// <param name="x">[M, K].</param>
    /// <param name="weight">[N, K].</param>
    /// <param name="bias">[N] or none.</param>
    /// <param name="update">[M, r] and [N, r], or none.</param>
    /// <param name="pass">The network's backward pass.</param>
    public static Tensor Run(Tensor x, Tensor weight, Tensor? bias, (Tensor Low, Tensor Up)? update, BackwardPass pass)
    {
        using var scope = NewDisposeScope();
        var call = new Call(weight, bias, update is null ? Low : Up + 1, pass);
        return (update is { } low ? apply([call, x, low.Low, low.Up]) : apply([call, x])).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var call = (Call)vars[0];
        ctx.set_materialize_grads(false);
        ctx.save_data(CallKey, call);
        var result = Products.TimesTransposed((Tensor)vars[Input], call.Weight, call.Bias);
        if (vars.Length == Low)
        {
            // Saved, so that libtorch notices when it changes before the backward pass.
            ctx.save_for_backward([call.Weight]);
            return result;
        }
        var (low, up) = ((Tensor)vars[Low], (Tensor)vars[Up]);
        ctx.save_for_backward([call.Weight, low, up]);
        using var turned = up.t();
        return result.addmm_(low, turned, 1, 1);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (Call)ctx.get_data(CallKey);
        return call.Pass.Gradients(grad_output, call.Arguments, gradients =>
        {
            var (grad, saved) = (grad_output.contiguous(), ctx.get_saved_variables());
            gradients[Input] = Products.Times(grad, saved[0]);
            if (saved is [_, var low, var up])
            {
                (gradients[Low], gradients[Up]) = (grad.mm(up), grad.t().mm(low));
            }
        });
    }

    private sealed record Call(Tensor Weight, Tensor? Bias, int Arguments, BackwardPass Pass);
}
