using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Learned vectors, [count, dim], standard normal at the start; an embedding that is always read as a whole.</summary>
internal sealed class TokenTable : Module
{
    private readonly Parameter weight;

    public TokenTable(int count, int dim, Device device) : base(nameof(TokenTable))
    {
        weight = new Parameter(randn(count, dim, device: device));
        RegisterComponents();
    }

    /// <summary>All vectors, [count, dim]; the module's own parameter, not to be disposed.</summary>
    public Parameter Weight => weight;
}
