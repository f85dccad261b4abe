using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>What the layers of a network share that have a backward pass of their own.</summary>
internal sealed class BackwardPass
{
    /// <summary>The gradients that the layer before gave to the engine, on this thread: it is through with them as soon as it calls the next layer.</summary>
    [ThreadStatic]
    private static Tensor?[]? s_given;

    /// <summary>What went wrong in a backward pass, which could not throw it. On a GPU that is another thread than the caller's.</summary>
    private ExceptionDispatchInfo? _fault;

    /// <summary>Computes the gradients of a layer's arguments. Native frames lie above the caller: an exception that left it would end the process, so it is kept,
    /// the gradients are none from then on, and the network throws it when the native code has returned.</summary>
    /// <param name="gradOutput">Gradient of the result; its handle is freed, the engine has one of its own.</param>
    /// <param name="count">Arguments of the layer.</param>
    /// <param name="differentiate">Fills in the gradients at the places of the arguments; null where there is none.</param>
    public List<Tensor> Gradients(Tensor gradOutput, int count, Action<Tensor?[]> differentiate)
    {
        var gradients = new Tensor?[count];
        if (!gradOutput.IsInvalid && _fault is null)
        {
            try
            {
                using var scope = NewDisposeScope();
                differentiate(gradients);
                scope.MoveToOuter(gradients.OfType<Tensor>());
            }
            catch (Exception fault)
            {
                Interlocked.CompareExchange(ref _fault, ExceptionDispatchInfo.Capture(fault), null);
                Array.Clear(gradients);
            }
        }
        // The engine has references of its own; these handles would keep the memory until the caller's scope ends.
        gradOutput.Dispose();
        KeepOnly(gradients);
        return [.. gradients.Select(gradient => gradient!)];
    }

    /// <summary>Throws what a backward pass could not throw, once.</summary>
    public void ThrowIfFailed()
    {
        Interlocked.Exchange(ref _fault, null)?.Throw();
    }

    /// <summary>Frees the handles of the gradients that the layer before gave to the engine, and notes the new ones.</summary>
    private static void KeepOnly(Tensor?[] gradients)
    {
        foreach (var tensor in s_given ?? [])
        {
            tensor?.Dispose();
        }
        s_given = gradients;
    }
}
