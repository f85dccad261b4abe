using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>A chain of linear layers with ReLU between them: [..., inputs] to [..., outputs]. SAM, modeling/mask_decoder.py.</summary>
internal sealed class Mlp : Module<Tensor, Tensor>
{
    private readonly ModuleList<Linear> layers;

    public Mlp(int inputs, int hidden, int outputs, int depth, Device device) : base(nameof(Mlp))
    {
        layers = ModuleList(Enumerable.Range(0, depth)
            .Select(i => Linear(i == 0 ? inputs : hidden, i == depth - 1 ? outputs : hidden, device: device))
            .ToArray());
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < layers.Count; i++)
        {
            x = layers[i].call(x);
            x = i < layers.Count - 1 ? x.relu() : x;
        }
        return x.MoveToOuterDisposeScope();
    }
}
