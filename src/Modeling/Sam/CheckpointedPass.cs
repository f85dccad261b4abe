using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>What the checkpointed blocks of a network share.</summary>
internal sealed class CheckpointedPass
{
    private Tensor?[] _given = [];

    /// <summary>What went wrong in a backward pass, which could not throw it.</summary>
    public ExceptionDispatchInfo? Fault { get; set; }

    /// <summary>Frees the handles of the gradients that the block before gave to the engine, and notes the new ones.</summary>
    public void KeepOnly(Tensor?[] gradients)
    {
        foreach (var tensor in _given)
        {
            tensor?.Dispose();
        }
        _given = gradients;
    }

    /// <summary>Throws what a backward pass could not throw, once.</summary>
    public void ThrowIfFailed()
    {
        var fault = Fault;
        Fault = null;
        fault?.Throw();
    }
}
