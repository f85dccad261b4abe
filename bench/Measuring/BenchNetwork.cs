using SAMed.MLNet.Imaging.Phantoms;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench.Measuring;

/// <summary>The network that is measured: the published configuration, eight organs, LoRA of rank 4 in the encoder.</summary>
internal static class BenchNetwork
{
    public const int Classes = 8, TeachingSteps = 32;

    private const double TeachingRate = 3e-3;

    private const int TaughtPatient = 1, HeldOutPatient = 2;

    /// <summary>With random weights. What starts at zero (positions, LoRA's second factors) gets small numbers too, as after training.</summary>
    public static SamNetwork Create(string model, Device device, LoraOptions? lora = null)
    {
        var network = SamNetwork.Create(SamRegistry.Resolve(model) with { NumClasses = Classes }, lora ?? new LoraOptions(), device, seed: 1);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        manual_seed(2);
        foreach (var parameter in network.parameters().Where(parameter => !parameter.count_nonzero().ToBoolean()))
        {
            nn.init.normal_(parameter, 0, 0.02);
        }
        return network;
    }

    /// <summary>Some training on a phantom's slice, after which label maps have organs in one piece, as those of networks that anybody uses.</summary>
    public static void Teach(SamNetwork network, Device device)
    {
        var training = network.training;
        network.train();
        using (var step = new TrainingStep(network, 1, device, TeachingRate))
        {
            for (var i = 0; i < TeachingSteps; i++)
            {
                step.Run(Precision.Bf16);
            }
        }
        network.train(training);
    }

    /// <summary>Grey slices [B, 1, S, S] of a phantom in [0, 1], and their class ids [B, L, L].</summary>
    public static (Tensor Images, Tensor Labels) Batch(SamOptions options, int batch, Device device) => Batch(options, batch, device, TaughtPatient);

    /// <summary>Slices as <see cref="Images"/> gives, of a patient whom <see cref="Teach"/> never shows.</summary>
    public static Tensor HeldOutImages(SamOptions options, int batch, Device device)
    {
        var (images, labels) = Batch(options, batch, device, HeldOutPatient);
        labels.Dispose();
        return images;
    }

    private static (Tensor Images, Tensor Labels) Batch(SamOptions options, int batch, Device device, int patient)
    {
        const int Depth = 16, Few = Depth / 2;
        var size = options.ImageSize;
        var (hu, organs) = AbdomenPhantom.Create(patient, new() { Height = size, Width = size, Depth = Depth, SpacingXMm = 400.0 / size, SpacingYMm = 400.0 / size, SpacingZMm = 20 });
        using var scope = NewDisposeScope();
        // From the middle on, again from the start where the batch is larger.
        var chosen = tensor([.. Enumerable.Range(0, batch).Select(i => (long)((Few + i) % Depth))]);
        var slices = ((tensor(hu.Voxels, [Depth, 1, size, size]).index_select(0, chosen).clamp(-125, 275) + 125) / 400).to(device);
        // Every fourth pixel: the grid of the low-resolution logits.
        var step = size / options.LowResSize;
        var labels = tensor(Array.ConvertAll(organs.Voxels, id => (long)id), [Depth, size, size]).index_select(0, chosen);
        labels = labels[.., TensorIndex.Slice(step / 2, null, step), TensorIndex.Slice(step / 2, null, step)].contiguous().to(device);
        return (slices.MoveToOuterDisposeScope(), labels.MoveToOuterDisposeScope());
    }

    /// <summary>The slices of <see cref="Batch"/> alone.</summary>
    public static Tensor Images(SamOptions options, int batch, Device device)
    {
        var (images, labels) = Batch(options, batch, device);
        labels.Dispose();
        return images;
    }
}
