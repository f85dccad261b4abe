using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>While it lives, libtorch's CPU generator runs from a seed; afterwards it goes on as if nothing had happened.</summary>
/// <remarks>The generator belongs to the whole process: scopes wait for each other, but code on another thread that draws numbers without one meanwhile draws
/// from the seeded sequence.</remarks>
internal sealed class SeededScope : IDisposable
{
    private static readonly object Gate = new();
    private readonly Tensor _saved;

    public SeededScope(long seed)
    {
        Monitor.Enter(Gate);
        _saved = Generator.Default.get_state().DetachFromDisposeScope();
        Generator.Default.manual_seed(seed);
    }

    public void Dispose()
    {
        Generator.Default.set_state(_saved);
        _saved.Dispose();
        Monitor.Exit(Gate);
    }
}
