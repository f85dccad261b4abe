using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Sam;

/// <summary>What libtorch's own layers allow, the network's do too.</summary>
public sealed class BackwardPassTests
{
    // Grid of 12 x 12 tokens: enough rows for convolutions, and windows of 5 that reach over the edge.
    private static readonly SamOptions Options = SamOptions.FromJsonFile(TestData.Golden("tiny_samed/config.json")) with { ImageSize = 192, WindowSize = 5 };

    [Test]
    public void A_kept_graph_can_be_differentiated_twice([Values] bool checkpointing)
    {
        using var scope = NewDisposeScope();
        using var network = SamNetwork.Create(Options, new LoraOptions(), CPU, seed: 1);
        network.Checkpointing = checkpointing;
        var parameter = network.get_parameter("sam.image_encoder.blocks.0.attn.qkv.linear_b_q.weight")!;
        var loss = network.LowResLogits(Images()).square().mean();
        autograd.backward([loss], retain_graph: true);
        network.ThrowIfBackwardFailed();
        var once = parameter.grad!.clone();
        autograd.backward([loss]);
        network.ThrowIfBackwardFailed();

        Assert.That((parameter.grad! - (once * 2)).abs().max().item<float>(), Is.LessThan(1e-6f * once.abs().max().item<float>()));
    }

    [Test]
    public void A_frozen_weight_that_changes_before_the_backward_pass_is_noticed()
    {
        using var scope = NewDisposeScope();
        using var network = SamNetwork.Create(Options, new LoraOptions(), CPU, seed: 1);
        var loss = network.LowResLogits(Images()).square().mean();
        using (no_grad())
        {
            network.get_parameter("sam.image_encoder.blocks.0.attn.qkv.qkv.weight")!.mul_(3);
        }
        loss.backward();

        Assert.That(network.ThrowIfBackwardFailed, Throws.Exception.With.Message.Contains("modified by an inplace operation"));
    }

    [Test]
    public void Several_threads_may_differentiate_graphs_of_their_own()
    {
        using var network = SamNetwork.Create(Options, new LoraOptions(), CPU, seed: 1);
        foreach (var parameter in network.parameters())
        {
            parameter.requires_grad = false;
        }
        var alone = GradientOfImages(network);
        var together = new float[4][];
        Parallel.For(0, together.Length, new ParallelOptions { MaxDegreeOfParallelism = together.Length }, i =>
        {
            for (var repetition = 0; repetition < 5; repetition++)
            {
                together[i] = GradientOfImages(network);
            }
        });

        Assert.That(together, Has.All.EqualTo(alone));
    }

    private static float[] GradientOfImages(SamNetwork network)
    {
        using var scope = NewDisposeScope();
        set_num_threads(1);
        var images = Images().requires_grad_();
        network.LowResLogits(images).square().mean().backward();
        network.ThrowIfBackwardFailed();
        return images.grad!.data<float>().ToArray();
    }

    private static Tensor Images()
    {
        using var generator = new Generator(3);
        return rand([1, 1, Options.ImageSize, Options.ImageSize], generator: generator);
    }
}
