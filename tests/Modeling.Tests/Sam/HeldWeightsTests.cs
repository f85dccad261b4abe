using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Sam;

public sealed class HeldWeightsTests
{
    private static readonly SamOptions Options = SamOptions.FromJsonFile(TestData.Golden("tiny_samed/config.json"));

    [TestCase(Precision.Fp32)]
    [TestCase(Precision.Bf16)]
    public void Held_weights_give_the_same_logits(Precision precision)
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        network.Precision = precision;
        using var noGrad = no_grad();
        var images = Images();
        var plain = network.LowResLogits(images);
        using var held = network.HoldWeights(trained: true);

        // Merged, an update is rounded at another place.
        var largest = (network.LowResLogits(images) - plain).abs().max().item<float>() / plain.abs().max().item<float>();
        Assert.That(largest, Is.LessThan(precision == Precision.Fp32 ? 1e-5 : 2e-2));
    }

    [Test]
    public void A_tensor_that_is_not_equal_to_itself_is_converted_once_too()
    {
        using var scope = NewDisposeScope();
        var held = new HeldWeights();
        var owner = tensor(new[] { 1f, float.NaN });
        using var hold = held.Hold(trained: false);
        var tensors = Enumerable.Range(0, 2).Select(_ => held.Get(owner, ScalarType.BFloat16, trained: false, () => owner.to_type(ScalarType.BFloat16))).ToArray();

        Assert.That(tensors[1], Is.SameAs(tensors[0]));
    }

    [Test]
    public void A_change_of_trained_weights_shows_as_soon_as_nobody_holds_them()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var noGrad = no_grad();
        var images = Images();
        Tensor before, meanwhile;
        using (network.HoldWeights(trained: true))
        {
            before = network.LowResLogits(images);
            network.get_parameter("sam.image_encoder.blocks.0.attn.qkv.linear_b_q.weight")!.fill_(0.3);
            meanwhile = network.LowResLogits(images);
        }
        var after = network.LowResLogits(images);

        Assert.Multiple(() =>
        {
            Assert.That((meanwhile - before).abs().max().item<float>(), Is.Zero, "held");
            Assert.That((after - before).abs().max().item<float>(), Is.GreaterThan(1e-4f), "no longer held");
        });
    }

    [Test]
    public void Steps_of_training_see_their_own_changes_while_the_frozen_weights_are_held()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        network.Precision = Precision.Bf16;
        var images = Images();
        using var held = network.HoldWeights(trained: false);
        var first = Train(network, images);
        using (no_grad())
        {
            // A pass in inference mode between the steps leaves nothing behind that they may not use.
            using var inference = inference_mode();
            network.LowResLogits(images).Dispose();
        }
        using (no_grad())
        {
            network.get_parameter("sam.image_encoder.blocks.0.attn.qkv.linear_b_q.weight")!.fill_(0.3);
        }

        Assert.That((Train(network, images) - first).abs().max().item<float>(), Is.GreaterThan(1e-4f));
    }

    [Test]
    public void The_holder_that_leaves_first_takes_nothing_from_the_others()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var noGrad = no_grad();
        var images = Images();
        var first = network.HoldWeights(trained: true);
        using var second = network.HoldWeights(trained: true);
        var before = network.LowResLogits(images);
        first.Dispose();
        first.Dispose();

        Assert.That((network.LowResLogits(images) - before).abs().max().item<float>(), Is.Zero);
    }

    private static SamNetwork Network()
    {
        var network = SamNetwork.Create(Options, new LoraOptions(), CPU, seed: 1);
        using var noGrad = no_grad();
        foreach (var (name, parameter) in network.named_parameters().Where(named => named.name.Contains(".qkv.linear_b_", StringComparison.Ordinal)))
        {
            parameter.fill_(name.EndsWith("q.weight", StringComparison.Ordinal) ? 0.05 : -0.04);
        }
        return network;
    }

    private static Tensor Images() => rand([2, 1, Options.ImageSize, Options.ImageSize], generator: new Generator(3));

    /// <summary>The logits of a pass with gradients.</summary>
    private static Tensor Train(SamNetwork network, Tensor images)
    {
        var logits = network.LowResLogits(images);
        logits.square().mean().backward();
        return logits.detach();
    }
}
