using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Losses;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Sam;

/// <summary>A forward pass in two parts: what training leaves as it is, and the rest.</summary>
public sealed class FrozenFeaturesTests
{
    private const int Depth = 4;

    private static IEnumerable<TestCaseData> Counted()
    {
        yield return new TestCaseData(new LoraOptions(), 0).SetArgDisplayNames("LoRA everywhere");
        yield return new TestCaseData(new LoraOptions { Layers = [3, 2] }, 2).SetArgDisplayNames("LoRA in the upper half");
        yield return new TestCaseData(new LoraOptions { Layers = [1, 3] }, 1).SetArgDisplayNames("blocks between that do not train");
        yield return new TestCaseData(new LoraOptions { Placement = LoraPlacement.None }, Depth).SetArgDisplayNames("the decoder alone");
        yield return new TestCaseData(new LoraOptions { Layers = [3], TrainEncoder = true }, 0).SetArgDisplayNames("the encoder too");
    }

    [TestCaseSource(nameof(Counted))]
    public void Blocks_before_the_first_that_trains_are_frozen(LoraOptions lora, int expected)
    {
        using var network = Tiny(lora);

        Assert.That(network.FrozenBlocks, Is.EqualTo(expected));
    }

    [Test]
    public void Both_parts_give_the_logits_and_gradients_of_the_whole_bit_for_bit(
        [Values(1, 2, 3)] int first, [Values] Precision precision, [Values] bool checkpointing)
    {
        using var scope = NewDisposeScope();
        using var network = Tiny(new LoraOptions { Layers = [.. Enumerable.Range(first, Depth - first)] });
        (network.Precision, network.Checkpointing) = (precision, checkpointing);
        var whole = Step(network, network.LowResLogits(Images()));
        var features = network.FrozenFeatures(Images());
        var parts = Step(network, network.LowResLogitsFrom(features));

        Assert.That(features.shape, Is.EqualTo(new long[] { 2, 6, 6, 24 }));
        Assert.That((features.dtype, features.requires_grad), Is.EqualTo((ScalarType.Float32, false)));
        Assert.That(parts.Logits.Equals(whole.Logits), Is.True);
        Assert.That(parts.Gradients.Keys, Is.EquivalentTo(whole.Gradients.Keys).And.Some.Contains($"blocks.{first}."));
        Assert.Multiple(() =>
        {
            foreach (var (name, gradient) in whole.Gradients)
            {
                Assert.That(parts.Gradients[name].Equals(gradient), Is.True, name);
            }
        });
    }

    [Test]
    public void Features_lie_channels_last_so_that_no_norm_has_to_copy_them()
    {
        using var scope = NewDisposeScope();
        using var network = Tiny(new LoraOptions { Layers = [2, 3] });

        Assert.That(network.FrozenFeatures(Images()).is_contiguous(), Is.True);
    }

    [Test]
    public void Features_stay_in_the_scope_of_their_owner_where_no_block_is_left()
    {
        using var scope = NewDisposeScope();
        using var network = Tiny(new LoraOptions { Placement = LoraPlacement.None });
        Tensor features;
        using (NewDisposeScope())
        {
            features = network.FrozenFeatures(Images());
            network.LowResLogitsFrom(features).Dispose();
            Assert.That(features.IsInvalid, Is.False, "in its scope");
        }

        Assert.That(features.IsInvalid, Is.True, "when its scope has ended");
    }

    [Test]
    public void Steps_of_training_leave_the_features_as_they_are_and_change_the_logits()
    {
        using var scope = NewDisposeScope();
        using var network = Tiny(new LoraOptions { Layers = [2, 3] });
        var features = network.FrozenFeatures(Images());
        var logits = network.LowResLogitsFrom(features);
        var optimizer = optim.AdamW(network.TrainableParameters.Select(pair => pair.Parameter), 0.1);
        _ = Step(network, logits);
        optimizer.step();

        Assert.That(network.FrozenFeatures(Images()).Equals(features), Is.True);
        Assert.That(network.LowResLogitsFrom(features).Equals(logits), Is.False);
    }

    [Test]
    public void Gradients_that_are_asked_of_the_images_go_through_the_frozen_blocks()
    {
        using var scope = NewDisposeScope();
        using var network = Tiny(new LoraOptions { Layers = [3] });
        var images = Images().requires_grad_();
        network.LowResLogits(images).sum().backward();

        Assert.That(images.grad!.abs().max().item<float>(), Is.GreaterThan(0));
    }

    [Test]
    public void Steps_leave_no_tensors_behind()
    {
        using var network = Tiny(new LoraOptions { Layers = [2] });
        Whole();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Whole();

        Assert.That(DisposeScopeManager.Statistics.ThreadTotalLiveCount, Is.EqualTo(before));

        void Whole()
        {
            using var scope = NewDisposeScope();
            network.zero_grad();
            network.LowResLogitsFrom(network.FrozenFeatures(Images())).sum().backward();
        }
    }

    [Test]
    public void Without_a_frozen_block_there_are_no_features_to_ask_for()
    {
        using var scope = NewDisposeScope();
        using var network = Tiny(new LoraOptions());

        Assert.That(() => network.FrozenFeatures(Images()), Throws.InvalidOperationException.With.Message.Contains("LoraOptions.Layers"));
        Assert.That(() => network.LowResLogitsFrom(zeros(1, 6, 6, 24)), Throws.InvalidOperationException);
    }

    [TestCase(1, 6, 6, 23)]
    [TestCase(1, 5, 6, 24)]
    [TestCase(1, 6, 7, 24)]
    [TestCase(0, 6, 6, 24)]
    [TestCase(6, 6, 24)]
    public void Features_of_another_shape_are_refused(params int[] shape)
    {
        using var scope = NewDisposeScope();
        using var network = Tiny(new LoraOptions { Layers = [3] });

        Assert.That(() => network.LowResLogitsFrom(zeros([.. shape.Select(size => (long)size)])), Throws.ArgumentException.With.Message.Contains("expected [B, 6, 6, 24]"));
    }

    [Test]
    public void An_empty_list_of_layers_is_refused() =>
        Assert.That(() => new LoraOptions { Layers = [] }.Validate(Depth), Throws.TypeOf<AdapterOptionsException>().With.Message.Contains("layers is empty"));

    private static Tensor Images() => arange(2 * 48 * 48, dtype: ScalarType.Float32).view(2, 1, 48, 48).sin().abs();

    private static (Tensor Logits, Dictionary<string, Tensor> Gradients) Step(SamNetwork network, Tensor logits)
    {
        var labels = (Images()[.., 0, ..24, ..24] * 3).to_type(ScalarType.Int64).clamp(0, 2);
        network.zero_grad();
        CrossEntropyDice.Compute(logits, labels, 0.8).Total.backward();
        return (logits.detach(), network.TrainableParameters.Where(named => named.Parameter.grad is not null).ToDictionary(named => named.Name, named => named.Parameter.grad!.clone()));
    }

    private static SamNetwork Tiny(LoraOptions lora)
    {
        var network = SamNetwork.Create(new SamOptions
        {
            ImageSize = 48, PatchSize = 8, EmbedDim = 24, Depth = Depth, NumHeads = 2, WindowSize = 4, GlobalAttnIndexes = [1, 3],
            PromptEmbedDim = 16, MaskInChans = 4, DecoderNumHeads = 2, DecoderMlpDim = 32, IouHeadHiddenDim = 16, NumClasses = 2,
        }, lora, CPU, seed: 3);
        using var noGrad = no_grad();
        // What starts at zero would hide its part of the gradients.
        foreach (var (_, parameter) in network.named_parameters().Where(named => named.name.Contains("linear_b_", StringComparison.Ordinal) || named.name.Contains("rel_pos", StringComparison.Ordinal)))
        {
            parameter.normal_(0, 0.1);
        }
        return network;
    }
}
