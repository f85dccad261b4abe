using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>A block whose inner activations are not kept for the backward pass: only its input is, and the block is computed again when its gradients are due.
/// Chen et al., Training Deep Nets with Sublinear Memory Cost (2016).</summary>
internal sealed class CheckpointedBlock : autograd.SingleTensorFunction<CheckpointedBlock>
{
    private const string CallKey = "call";

    /// <inheritdoc/>
    public override string Name => nameof(CheckpointedBlock);

    /// <summary>Computes <paramref name="block"/>; the same numbers and gradients as calling it.</summary>
    /// <param name="block">The block. It must compute the same when it is called again.</param>
    /// <param name="x">Its input.</param>
    /// <param name="pass">The forward pass that this is a part of.</param>
    public static Tensor Run(Module<Tensor, Tensor> block, Tensor x, BackwardPass pass)
    {
        Parameter[] trained = [.. block.parameters().Where(parameter => parameter.requires_grad)];
        if (!is_grad_enabled() || !(x.requires_grad || trained.Length > 0))
        {
            return block.call(x);
        }
        using var scope = NewDisposeScope();
        // The parameters are arguments too, so that the result has a gradient even where the input has none, as in the first block.
        return apply([new Call(block, trained, pass), x, .. trained]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (call, x) = ((Call)vars[0], (Tensor)vars[1]);
        ctx.set_materialize_grads(false);
        ctx.save_data(CallKey, call);
        ctx.save_for_backward([x]);
        return call.Block.call(x);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (Call)ctx.get_data(CallKey);
        return call.Pass.Gradients(grad_output, 2 + call.Trained.Length, gradients => Differentiate(call, ctx.get_saved_variables()[0], grad_output, gradients));
    }

    /// <summary>Computes the block once more, with its activations, and differentiates it: gradients at the places of the arguments of <see cref="forward"/>.</summary>
    private static void Differentiate(Call call, Tensor saved, Tensor gradOutput, Tensor?[] gradients)
    {
        // Off in a backward pass, and a state of this very thread, which on a GPU is one of the engine's own.
        using var mode = enable_grad();
        using var setAside = new GradientsSetAside(call.Trained);
        var x = saved.detach();
        x.requires_grad = saved.requires_grad;
        var output = call.Block.call(x);
        autograd.backward([output], [gradOutput]);
        gradients[1] = saved.requires_grad ? x.grad : null;
        for (var i = 0; i < call.Trained.Length; i++)
        {
            gradients[2 + i] = call.Trained[i].grad;
        }
    }

    private sealed record Call(Module<Tensor, Tensor> Block, Parameter[] Trained, BackwardPass Pass);

    /// <summary>Takes away what parameters have gathered in <c>grad</c>, and gives it back: between them it holds the gradients of one block alone, which go to the
    /// engine as results, so that hooks, accumulation and <c>autograd.grad</c> see them where they would without checkpoints.</summary>
    private sealed class GradientsSetAside : IDisposable
    {
        private readonly Parameter[] _parameters;
        private readonly Tensor?[] _gathered;

        public GradientsSetAside(Parameter[] parameters)
        {
            _parameters = parameters;
            _gathered = [.. parameters.Select(parameter => parameter.grad)];
            Array.ForEach(parameters, parameter => parameter.grad = null);
        }

        public void Dispose()
        {
            for (var i = 0; i < _parameters.Length; i++)
            {
                _parameters[i].grad = _gathered[i];
            }
        }
    }
}
