using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Weights converted once and used by many passes. It is wrong as soon as they change, so it lives no longer than somebody knows that they do not.</summary>
internal sealed class HeldWeights : IDisposable
{
    private readonly ComputeMode _mode;
    private readonly HeldWeights? _before;
    private readonly Dictionary<(object Owner, ScalarType Type), Tensor> _converted = [];

    /// <param name="mode">The mode of the network, which sees it until it is disposed.</param>
    /// <param name="trained">Whether weights that train are held too; only passes without gradient use those.</param>
    public HeldWeights(ComputeMode mode, bool trained)
    {
        (_mode, _before, Trained) = (mode, mode.Held, trained);
        mode.Held = this;
    }

    /// <summary>Whether weights that train are held too.</summary>
    public bool Trained { get; }

    /// <summary>The tensor of <paramref name="owner"/> in <paramref name="type"/>, computed at the first call. It belongs to this object.</summary>
    public Tensor Get(object owner, ScalarType type, Func<Tensor> compute)
    {
        lock (_converted)
        {
            if (!_converted.TryGetValue((owner, type), out var tensor))
            {
                using var noGrad = no_grad();
                tensor = compute().DetachFromDisposeScope();
                _converted.Add((owner, type), tensor);
            }
            return tensor;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (ReferenceEquals(_mode.Held, this))
        {
            _mode.Held = _before;
        }
        foreach (var tensor in _converted.Values)
        {
            tensor.Dispose();
        }
        _converted.Clear();
    }
}
