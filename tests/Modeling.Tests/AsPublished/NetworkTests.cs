using CsCheck;
using SAMed.MLNet.AsPublished;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Losses;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.AsPublished;

/// <summary>The whole network gives what the plain formulation gives, and the same gradients.</summary>
public sealed class NetworkTests
{
    [Test]
    public void Logits_and_gradients_equal_the_plain_formulation(
        [Values(LoraPlacement.None, LoraPlacement.Encoder, LoraPlacement.EncoderDecoder)] LoraPlacement placement, [Values] bool trainEncoder, [Values] bool checkpointing)
    {
        AssertSame(Parity.Small, new LoraOptions { Placement = placement, TrainEncoder = trainEncoder }, Parity.Values(1, 2, 3, 64, 64), checkpointing);
    }

    [Test]
    public void Grey_and_colour_images_in_batches_equal_the_plain_formulation([Values(1, 3)] int channels, [Values(1, 4)] int batch, [Values(64, 51)] int side) =>
        AssertSame(Parity.Small, new LoraOptions(), Parity.Values(2, batch, channels, side, 40), checkpointing: false);

    [TestCase(2)]
    [TestCase(0)]
    [TestCase(1, 2)]
    public void Updates_in_some_blocks_equal_the_plain_formulation(params int[] layers) =>
        AssertSame(Parity.Small, new LoraOptions { Layers = layers }, Parity.Values(3, 2, 1, 64, 64), checkpointing: false);

    [Test]
    public void Normalised_images_equal_the_plain_formulation([Values(1, 3)] int channels) => AssertSame(
        Parity.Small with { PixelMean = [0.1, 0.2, 0.3], PixelStd = [0.5, 0.7, 0.9] }, new LoraOptions { TrainEncoder = true }, Parity.Values(4, 2, channels, 64, 40), checkpointing: false);

    [Test]
    public void Masks_and_qualities_for_prediction_equal_the_plain_formulation([Values(1, 3)] int channels, [Values] LoraPlacement placement)
    {
        using var scope = NewDisposeScope();
        using var network = Parity.Network(Parity.Small, new LoraOptions { Placement = placement });
        using var mode = inference_mode();
        var images = Parity.Values(6, 2, channels, 64, 64);
        using var actual = network.call(images);
        using var expected = AsPublishedSam.Of(network).Forward(images);

        (string Name, Tensor Actual, Tensor Expected)[] outputs =
            [("masks", actual.Masks, expected.Masks), ("qualities", actual.IouPredictions, expected.IouPredictions), ("logits", actual.LowResLogits, expected.LowResLogits)];
        Assert.Multiple(() => Array.ForEach(outputs, output => Assert.That(
            (output.Actual - output.Expected).abs().max().item<float>(), Is.LessThanOrEqualTo(Parity.OutputTolerance * Math.Max(1, output.Expected.abs().max().item<float>())), output.Name)));
    }

    [Test]
    public void A_training_loss_has_the_gradients_of_the_plain_formulation([Values] bool checkpointing)
    {
        using var scope = NewDisposeScope();
        using var network = Parity.Network(Parity.Small, new LoraOptions());
        network.Checkpointing = checkpointing;
        var labels = (Parity.Values(5, 2, 32, 32).abs() * 2).to_type(ScalarType.Int64).clamp(0, 3);

        Parity.AssertSame(network, Parity.Values(1, 2, 1, 64, 64),
            x => CrossEntropyDice.Compute(network.LowResLogits(x), labels, 0.8).Total,
            (published, x) => PublishedLoss.CrossEntropyDice(published.LowResLogits(x), labels, 0.8));
    }

    [Test]
    public void Networks_of_any_size_equal_the_plain_formulation()
    {
        var sizes = Gen.Select(Gen.Int[1, 9], Gen.Int[1, 8], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Select(Gen.Int[1, 4], Gen.Bool, Gen.Int[0, 7]));
        sizes.Sample((grid, window, heads, depth, rest) =>
        {
            var (patch, grey, whole) = rest;
            var options = Parity.Small with
            {
                ImageSize = grid * patch, PatchSize = patch, WindowSize = window, NumHeads = heads, EmbedDim = 8 * heads, Depth = depth,
                GlobalAttnIndexes = [.. Enumerable.Range(0, depth).Where(block => (whole >> block & 1) == 1)],
            };
            AssertSame(options, new LoraOptions { TrainEncoder = true }, Parity.Values(9, 2, grey ? 1 : 3, grid * patch, grid * patch), checkpointing: false);
        }, iter: 25, threads: 1);
    }

    private static void AssertSame(SamOptions options, LoraOptions lora, Tensor images, bool checkpointing)
    {
        using var scope = NewDisposeScope();
        using var network = Parity.Network(options, lora);
        network.Checkpointing = checkpointing;
        Parity.AssertSame(network, images, network.LowResLogits, (published, x) => published.LowResLogits(x));
    }
}
