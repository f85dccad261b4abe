using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Losses;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Tests.Sam;

public sealed class SamNetworkTests
{
    private static readonly SamOptions Tiny = new()
    {
        ImageSize = 48, PatchSize = 8, EmbedDim = 24, Depth = 2, NumHeads = 2, WindowSize = 4, GlobalAttnIndexes = [1],
        PromptEmbedDim = 16, MaskInChans = 4, DecoderNumHeads = 2, DecoderMlpDim = 32, IouHeadHiddenDim = 16, NumClasses = 2,
    };

    [Test]
    public void The_same_seed_gives_the_same_weights_and_another_seed_others()
    {
        using var scope = NewDisposeScope();
        using var first = SamNetwork.Create(Tiny, new LoraOptions(), CPU, seed: 3);
        using var again = SamNetwork.Create(Tiny, new LoraOptions(), CPU, seed: 3);
        using var other = SamNetwork.Create(Tiny, new LoraOptions(), CPU, seed: 4);

        Assert.That(first.state_dict().All(entry => entry.Value.Equals(again.state_dict()[entry.Key])), Is.True);
        Assert.That(first.state_dict()["sam.mask_decoder.mask_tokens.weight"].Equals(other.state_dict()["sam.mask_decoder.mask_tokens.weight"]), Is.False);
    }

    [Test]
    public void Creating_a_network_leaves_the_global_randomness_as_it_was()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var expected = randn(5);
        manual_seed(7);
        using var network = SamNetwork.Create(Tiny, new LoraOptions(), CPU, seed: 3);

        Assert.That(randn(5).Equals(expected), Is.True);
    }

    [Test]
    public void Weights_start_as_in_PyTorch_and_SAM()
    {
        using var scope = NewDisposeScope();
        using var network = SamNetwork.Create(Tiny, new LoraOptions(), CPU, seed: 3);
        var state = network.state_dict();
        var bound = 1 / Math.Sqrt(Tiny.EmbedDim);
        Tensor Of(string name) => state["sam.image_encoder." + name];

        Assert.That(Of("pos_embed").abs().max().item<float>(), Is.Zero);
        Assert.That(Of("blocks.0.attn.rel_pos_h").abs().max().item<float>(), Is.Zero);
        Assert.That(Of("blocks.0.attn.qkv.linear_b_q.weight").abs().max().item<float>(), Is.Zero);
        Assert.That(Of("blocks.0.attn.qkv.linear_a_q.weight").abs().max().item<float>(), Is.InRange(0.5 * bound, bound));
        Assert.That(Of("blocks.0.attn.qkv.qkv.weight").abs().max().item<float>(), Is.InRange(0.9 * bound, bound));
        Assert.That(Of("blocks.0.norm1.weight").eq(1).all().item<bool>(), Is.True);
        Assert.That(state["sam.mask_decoder.mask_tokens.weight"].std().item<float>(), Is.EqualTo(1).Within(0.4));
    }

    [Test]
    public void A_fresh_LoRA_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var plain = SamNetwork.Create(Tiny, new LoraOptions { Placement = LoraPlacement.None }, CPU, seed: 3);
        using var adapted = SamNetwork.Create(Tiny, new LoraOptions { Placement = LoraPlacement.EncoderDecoder }, CPU, seed: 9);
        var source = plain.state_dict();
        using var noGrad = no_grad();
        foreach (var (name, tensor) in adapted.state_dict())
        {
            var plainName = name.Replace(".qkv.qkv.", ".qkv.", StringComparison.Ordinal).Replace("_proj.proj.", "_proj.", StringComparison.Ordinal);
            if (source.TryGetValue(plainName, out var from))
            {
                tensor.copy_(from);
            }
        }
        var images = rand(1, 3, 48, 48);

        Assert.That((adapted.LowResLogits(images) - plain.LowResLogits(images)).abs().max().item<float>(), Is.LessThan(1e-5));
    }

    [Test]
    public void Only_the_chosen_layers_get_updates()
    {
        using var network = SamNetwork.Create(Tiny, new LoraOptions { Layers = [1], Rank = 2 }, CPU, seed: 3);
        var names = network.state_dict().Keys;

        Assert.That(names, Has.Member("sam.image_encoder.blocks.0.attn.qkv.weight"));
        Assert.That(names, Has.Member("sam.image_encoder.blocks.1.attn.qkv.linear_a_q.weight"));
        Assert.That(network.state_dict()["sam.image_encoder.blocks.1.attn.qkv.linear_a_q.weight"].shape, Is.EqualTo(new long[] { 2, 24 }));
    }

    [TestCase(LoraPlacement.None, false, ExpectedResult = false)]
    [TestCase(LoraPlacement.None, true, ExpectedResult = true)]
    [TestCase(LoraPlacement.Encoder, false, ExpectedResult = false)]
    [TestCase(LoraPlacement.Encoder, true, ExpectedResult = true)]
    public bool The_encoder_trains_only_when_asked(LoraPlacement placement, bool trainEncoder)
    {
        using var network = SamNetwork.Create(Tiny, new LoraOptions { Placement = placement, TrainEncoder = trainEncoder }, CPU, seed: 3);
        var parameters = network.named_parameters().ToDictionary(named => named.name, named => named.parameter);

        Assert.That(parameters["sam.mask_decoder.transformer.norm_final_attn.weight"].requires_grad, Is.True);
        Assert.That(parameters.All(entry => entry.Value.requires_grad == network.Adapter.Trains(entry.Key)), Is.True);
        return parameters["sam.image_encoder.pos_embed"].requires_grad;
    }

    [Test]
    public void A_network_made_inside_a_dispose_scope_outlives_it()
    {
        SamNetwork network;
        using (NewDisposeScope())
        {
            network = SamNetwork.Create(Tiny, new LoraOptions(), CPU, seed: 3);
        }
        using var scope = NewDisposeScope();
        using (network)
        {
            Assert.That(network.LowResLogits(rand(1, 1, 48, 48)).shape, Is.EqualTo(new long[] { 1, 3, 24, 24 }));
        }
    }

    [Test]
    public void Small_and_grey_images_are_filled_and_repeated()
    {
        using var scope = NewDisposeScope();
        using var network = SamNetwork.Create(Tiny with { PixelMean = [0.1, 0.2, 0.3], PixelStd = [2, 3, 4] }, new LoraOptions(), CPU, seed: 3);
        using var noGrad = no_grad();
        var small = rand(2, 1, 40, 44);
        var mean = tensor(new[] { 0.1f, 0.2f, 0.3f }).view(1, 3, 1, 1);
        var filled = functional.pad(small.expand(2, 3, 40, 44) - mean, [0, 4, 0, 8]) + mean;      // zero after the mean is taken away
        using var output = network.call(small);

        Assert.That(output.Masks.shape, Is.EqualTo(new long[] { 2, 3, 48, 48 }));
        Assert.That((network.LowResLogits(filled) - output.LowResLogits).abs().max().item<float>(), Is.LessThan(1e-5));
    }

    [TestCase(1, 2, 48, 48)]
    [TestCase(1, 3, 49, 48)]
    [TestCase(0, 3, 48, 48)]
    public void Images_of_a_wrong_shape_are_refused(int batch, int channels, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var network = SamNetwork.Create(Tiny, new LoraOptions(), CPU, seed: 3);

        Assert.That(() => network.call(zeros(batch, channels, height, width)), Throws.ArgumentException.With.Message.Contains("expected [B, 3, h, w]"));
    }

    [Test]
    public void Options_that_are_wrong_are_refused_with_every_fault()
    {
        Assert.That(() => SamNetwork.Create(Tiny, new LoraOptions { Rank = 0, Layers = [5] }, CPU, seed: 3),
            Throws.TypeOf<AdapterOptionsException>().With.Message.Contains("rank is 0").And.Message.Contains("block 5"));
        Assert.That(() => SamNetwork.Create(Tiny with { ImageSize = 47 }, new LoraOptions(), CPU, seed: 3), Throws.TypeOf<SamOptionsException>());
    }

    [Test]
    public void Training_steps_leave_no_tensors_behind()
    {
        using var network = SamNetwork.Create(Tiny, new LoraOptions { TrainEncoder = true }, CPU, seed: 3);
        using var optimizer = optim.AdamW(network.TrainableParameters.Select(named => named.Parameter), 1e-3);
        Step(network, optimizer);                                                             // makes gradients and the optimiser's state
        var statistics = DisposeScopeManager.Statistics;
        var before = statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 5; i++)
        {
            Step(network, optimizer);
        }

        Assert.That(statistics.ThreadTotalLiveCount, Is.EqualTo(before));
    }

    [Test]
    public void A_forward_pass_leaves_only_its_output_behind()
    {
        using var network = SamNetwork.Create(Tiny, new LoraOptions(), CPU, seed: 3);
        using var images = rand(1, 3, 48, 48);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (network.call(images))
        {
            Assert.That(DisposeScopeManager.Statistics.ThreadTotalLiveCount, Is.EqualTo(before + 3));
        }
        network.LowResLogits(images).Dispose();

        Assert.That(DisposeScopeManager.Statistics.ThreadTotalLiveCount, Is.EqualTo(before));
    }

    private static void Step(SamNetwork network, optim.Optimizer optimizer)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        var loss = CrossEntropyDice.Compute(network.LowResLogits(rand(2, 1, 48, 48)), randint(0, 3, [2, 24, 24], dtype: ScalarType.Int64), 0.8);
        loss.Total.backward();
        optimizer.step();
    }
}
