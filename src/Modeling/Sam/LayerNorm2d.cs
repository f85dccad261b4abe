using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Layer normalisation over the channels of [B, C, H, W], eps 1e-6. SAM, modeling/common.py.</summary>
internal sealed class LayerNorm2d : Module<Tensor, Tensor>
{
    private const double Eps = 1e-6;
    private readonly Parameter weight;
    private readonly Parameter bias;

    public LayerNorm2d(int channels, Device device) : base(nameof(LayerNorm2d))
    {
        weight = new Parameter(ones(channels, device: device));
        bias = new Parameter(zeros(channels, device: device));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        // The fused kernel normalises the last axis; the permuted view comes back as channels-last memory, which convolutions take as it is.
        var normalized = functional.layer_norm(x.permute(0, 2, 3, 1), [weight.shape[0]], weight, bias, Eps);
        return normalized.permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }
}
