using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Cuts an image into patches and projects each: [B, 3, S, S] to [B, S/P, S/P, D]. SAM, modeling/image_encoder.py.</summary>
internal sealed class PatchEmbed : Module<Tensor, Tensor>
{
    private readonly Conv2d proj;

    public PatchEmbed(int patchSize, int dim, Device device) : base(nameof(PatchEmbed))
    {
        proj = Conv2d(3, dim, patchSize, stride: patchSize, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        // The residual path keeps the layout that it begins with, and every norm along it would turn a copy of what does not lie channels-last.
        return proj.call(images).permute(0, 2, 3, 1).contiguous().MoveToOuterDisposeScope();
    }
}
