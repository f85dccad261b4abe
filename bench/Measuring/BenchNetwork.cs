using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench.Measuring;

/// <summary>The network that is measured: the published configuration, eight organs, LoRA of rank 4 in the encoder.</summary>
internal static class BenchNetwork
{
    public const int Classes = 8;

    /// <summary>With random weights. What starts at zero (positions, LoRA's second factors) gets small numbers too, as after training.</summary>
    public static SamNetwork Create(string model, Device device)
    {
        var network = SamNetwork.Create(SamRegistry.Resolve(model) with { NumClasses = Classes }, new LoraOptions(), device, seed: 1);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        manual_seed(2);
        foreach (var parameter in network.parameters().Where(parameter => !parameter.count_nonzero().ToBoolean()))
        {
            nn.init.normal_(parameter, 0, 0.02);
        }
        return network;
    }

    /// <summary>Grey slices [B, 1, S, S] with the look of the phantom's, in [0, 1].</summary>
    public static Tensor Images(SamOptions options, int batch, Device device)
    {
        var size = options.ImageSize;
        var (hu, _) = Imaging.Phantoms.AbdomenPhantom.Create(1, new() { Height = size, Width = size, Depth = Math.Max(8, batch), SpacingXMm = 0.8, SpacingYMm = 0.8 });
        using var scope = NewDisposeScope();
        var slices = tensor(hu.Voxels, [hu.Geometry.Depth, 1, size, size]).narrow(0, (hu.Geometry.Depth - batch) / 2, batch);
        return ((slices.clamp(-125, 275) + 125) / 400).to(device).MoveToOuterDisposeScope();
    }

    /// <summary>Class ids [B, L, L] that no network can guess.</summary>
    public static Tensor Labels(SamOptions options, int batch, Device device) =>
        randint(0, Classes + 1, [batch, options.LowResSize, options.LowResSize], dtype: ScalarType.Int64, device: device);
}
