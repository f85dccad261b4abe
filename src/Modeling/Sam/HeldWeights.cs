using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Weights converted once and used by many passes, for as long as somebody says that they do not change. Safe on any thread.</summary>
internal sealed class HeldWeights
{
    private readonly Dictionary<Key, Tensor> _frozen = [];
    private readonly Dictionary<Key, Tensor> _trained = [];
    private int _holders;
    private int _holdersOfTrained;

    /// <summary>Whether weights are held: those that train, or the others.</summary>
    public bool Holds(bool trained) => Volatile.Read(ref trained ? ref _holdersOfTrained : ref _holders) > 0;

    /// <summary>Holds weights until the result is disposed; others may hold them too.</summary>
    /// <param name="trained">Whether those that train are held as well.</param>
    public IDisposable Hold(bool trained)
    {
        lock (_frozen)
        {
            _holders++;
            _holdersOfTrained += trained ? 1 : 0;
        }
        return new Holder(this, trained);
    }

    /// <summary>The tensor of <paramref name="owner"/> in <paramref name="type"/>, computed at the first call. It stays this object's.</summary>
    public Tensor Get(object owner, ScalarType type, bool trained, Func<Tensor> compute)
    {
        var held = trained ? _trained : _frozen;
        lock (_frozen)
        {
            if (!held.TryGetValue(new(owner, type), out var tensor))
            {
                // A pass in inference mode would leave tensors behind that later passes with gradients may not use.
                using var ordinary = inference_mode(false);
                using var noGrad = no_grad();
                tensor = compute().DetachFromDisposeScope();
                held.Add(new(owner, type), tensor);
            }
            return tensor;
        }
    }

    private void Release(bool trained)
    {
        lock (_frozen)
        {
            _holders--;
            _holdersOfTrained -= trained ? 1 : 0;
            if (_holdersOfTrained == 0)
            {
                Clear(_trained);
            }
            if (_holders == 0)
            {
                Clear(_frozen);
            }
        }
    }

    private static void Clear(Dictionary<Key, Tensor> held)
    {
        foreach (var tensor in held.Values)
        {
            tensor.Dispose();
        }
        held.Clear();
    }

    /// <summary>Tensors are equal where all of their values are, which takes as long as reading them: here an owner is equal to itself alone.</summary>
    private readonly struct Key(object owner, ScalarType type) : IEquatable<Key>
    {
        private readonly object _owner = owner;
        private readonly ScalarType _type = type;

        public bool Equals(Key other) => ReferenceEquals(_owner, other._owner) && _type == other._type;

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode() => HashCode.Combine(RuntimeHelpers.GetHashCode(_owner), _type);
    }

    private sealed class Holder(HeldWeights weights, bool trained) : IDisposable
    {
        private int _isReleased;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReleased, 1) == 0)
            {
                weights.Release(trained);
            }
        }
    }
}
