using SAMed.MLNet.AsPublished;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.AsPublished;

/// <summary>At the published grid of 32 × 32 tokens with windows of 14 and heads of 64 channels, where products go through convolutions, images go one by one and weights are held:
/// a network that is narrower and shallower than vit_b, and like it in everything else.</summary>
public sealed class ProductionSizeTests
{
    private static readonly SamOptions Narrow = SamRegistry.Resolve("vit_b") with { EmbedDim = 192, NumHeads = 3, Depth = 2, GlobalAttnIndexes = [1], NumClasses = 8 };

    [Test]
    public void A_batch_of_four_equals_the_plain_formulation([Values] bool held, [Values(LoraPlacement.Encoder, LoraPlacement.EncoderDecoder)] LoraPlacement placement)
    {
        using var scope = NewDisposeScope();
        using var network = Parity.Network(Narrow, new LoraOptions { Placement = placement });
        using var mode = inference_mode();
        using var weights = held ? network.HoldWeights(trained: true) : null;
        var images = Parity.Values(7, 4, 1, 512, 512);

        Assert.That(RelativeError(network.LowResLogits(images), AsPublishedSam.Of(network).LowResLogits(images)), Is.LessThanOrEqualTo(Parity.OutputTolerance));
    }

    [Test]
    public void Gradients_of_a_batch_of_two_equal_the_plain_formulation([Values] bool checkpointing)
    {
        using var scope = NewDisposeScope();
        using var network = Parity.Network(Narrow, new LoraOptions());
        network.Checkpointing = checkpointing;
        using var weights = network.HoldWeights(trained: false);
        var images = Parity.Values(8, 2, 1, 512, 512);
        var own = Gradients(network, network.LowResLogits(images));
        network.ThrowIfBackwardFailed();
        var plain = Gradients(network, AsPublishedSam.Of(network).LowResLogits(images));
        network.to(ScalarType.Float64);
        var exact = Gradients(network, AsPublishedSam.Of(network).LowResLogits(images.to_type(ScalarType.Float64)));

        // Sums over thousands of tokens cancel, so rounding is what the plain formulation's own float32 shows.
        Assert.Multiple(() =>
        {
            foreach (var (name, gradient) in exact)
            {
                Assert.That(RelativeError(own[name], gradient), Is.LessThan(1e-4 + (3 * RelativeError(plain[name], gradient))), name);
            }
        });
    }

    [Test]
    public void Half_precision_is_the_plain_formulation_but_for_its_rounding([Values] bool held)
    {
        using var scope = NewDisposeScope();
        using var network = Parity.Network(Narrow, new LoraOptions());
        network.Precision = Precision.Bf16;
        using var mode = inference_mode();
        using var weights = held ? network.HoldWeights(trained: true) : null;
        var images = Parity.Values(9, 1, 1, 512, 512);

        // A part in 256 per rounding, over two blocks and the mask decoder.
        Assert.That(RelativeError(network.LowResLogits(images), AsPublishedSam.Of(network).LowResLogits(images)), Is.LessThan(0.05));
    }

    /// <summary>Gradients of a weighted sum of the logits.</summary>
    private static Dictionary<string, Tensor> Gradients(SamNetwork network, Tensor logits)
    {
        network.zero_grad();
        (logits * Parity.Values(10, logits.shape)).mean().backward();
        return network.TrainableParameters.Where(named => named.Parameter.grad is not null).ToDictionary(named => named.Name, named => named.Parameter.grad!.to_type(ScalarType.Float64));
    }

    private static double RelativeError(Tensor actual, Tensor expected) => (actual - expected).abs().max().ToDouble() / expected.abs().max().ToDouble();
}
