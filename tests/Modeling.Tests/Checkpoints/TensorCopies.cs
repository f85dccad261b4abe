using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>Copies of a network's state, to see later whether it changed.</summary>
internal sealed class TensorCopies : IDisposable
{
    private readonly Dictionary<string, Tensor> _copies;

    public TensorCopies(SamNetwork network)
    {
        using var noGrad = no_grad();
        _copies = network.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.clone().DetachFromDisposeScope());
    }

    public Tensor this[string name] => _copies[name];

    public void Dispose()
    {
        foreach (var tensor in _copies.Values)
        {
            tensor.Dispose();
        }
    }
}
