using SAMed.MLNet.AsPublished;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Losses;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Tests.AsPublished;

/// <summary>Every part of the network gives what the plain formulation gives, and the same gradients.</summary>
public sealed class PartsTests
{
    private static readonly LoraOptions s_everything = new() { TrainEncoder = true };

    private static IEnumerable<TestCaseData> Grids()
    {
        // Tokens along a side, window, block: filled by 2 of 10, by 4 of 9, not at all, wider than the grid, the whole grid, an odd grid.
        (int Grid, int Window, bool Whole)[] grids = [(8, 5, false), (5, 3, false), (8, 4, false), (3, 7, false), (8, 5, true), (7, 5, true), (1, 2, false)];
        return from grid in grids
               from batch in new[] { 1, 2, 4 }
               select new TestCaseData(grid.Grid, grid.Window, grid.Whole, batch).SetArgDisplayNames($"{grid.Grid}x{grid.Grid}", grid.Whole ? "whole" : $"windows of {grid.Window}", $"batch {batch}");
    }

    [TestCaseSource(nameof(Grids))]
    public void A_block_equals_the_plain_formulation(int grid, int window, bool whole, int batch)
    {
        using var scope = NewDisposeScope();
        using var network = Parity.Network(Options(grid, window, whole), s_everything);
        var block = Parity.Module<Module<Tensor, Tensor>>(network, "image_encoder.blocks.0");

        Parity.AssertSame(network, Parity.Values(1, batch, grid, grid, 24), block.call, (published, x) => published.Block(0, x));
    }

    [TestCase(768, 12, false, TestName = "A_window_block_of_vit_b_equals_the_plain_formulation")]
    [TestCase(768, 12, true, TestName = "A_global_block_of_vit_b_equals_the_plain_formulation")]
    [TestCase(160, 2, false, TestName = "A_window_block_with_heads_of_vit_h_equals_the_plain_formulation")]
    [TestCase(160, 2, true, TestName = "A_global_block_with_heads_of_vit_h_equals_the_plain_formulation")]
    public void A_block_at_512_pixels_equals_the_plain_formulation(int dim, int heads, bool whole)
    {
        using var scope = NewDisposeScope();
        using var network = Parity.Network(Options(32, 14, whole) with { EmbedDim = dim, NumHeads = heads }, new LoraOptions());
        var block = Parity.Module<Module<Tensor, Tensor>>(network, "image_encoder.blocks.0");

        Parity.AssertSameFloats(network, Parity.Values(1, 1, 32, 32, dim), block.call, (published, x) => published.Block(0, x));
    }

    [Test]
    public void A_joint_projection_equals_the_plain_formulation([Values(LoraPlacement.None, LoraPlacement.Encoder)] LoraPlacement placement, [Values(1, 4)] int rank)
    {
        using var scope = NewDisposeScope();
        using var network = Parity.Network(Parity.Small, s_everything with { Placement = placement, Rank = rank });
        var qkv = Parity.Module<Module<Tensor, Tensor>>(network, "image_encoder.blocks.0.attn.qkv");

        Parity.AssertSame(network, Parity.Values(1, 3, 5, 5, 24), qkv.call, (published, x) => published.Qkv(0, x));
    }

    [TestCase(1, 3)]
    [TestCase(2, 3)]
    [TestCase(1, 1)]
    [TestCase(4, 1)]
    public void The_encoder_equals_the_plain_formulation(int batch, int channels)
    {
        using var scope = NewDisposeScope();
        using var network = Parity.Network(Parity.Small, s_everything);
        var encoder = Parity.Module<Module<Tensor, Tensor>>(network, "image_encoder");

        Parity.AssertSame(network, Parity.Values(1, batch, channels, 64, 64), x => encoder.call(x.expand(batch, 3, 64, 64)), (published, x) => published.Encoder(x.expand(batch, 3, 64, 64)));
    }

    [Test]
    public void The_decoder_equals_the_plain_formulation(
        [Values(LoraPlacement.Encoder, LoraPlacement.EncoderDecoder)] LoraPlacement placement, [Values(1, 2, 4)] int batch, [Values] bool qualities)
    {
        using var scope = NewDisposeScope();
        using var network = Parity.Network(Parity.Small, s_everything with { Placement = placement });
        var prompt = Parity.Module<PromptEncoder>(network, "prompt_encoder");
        var decoder = Parity.Module<MaskDecoder>(network, "mask_decoder");

        Parity.AssertSame(network, Parity.Values(1, batch, 16, 8, 8),
            x => Of(decoder.call(x, prompt.DensePositions(), prompt.DenseEmbedding())),
            (published, x) => Of(published.Decoder(x)));
        Tensor Of((Tensor Masks, Tensor Iou) result) => qualities ? result.Iou : result.Masks;
    }

    [Test]
    public void Losses_equal_the_plain_formulation([Values] PixelLoss loss, [Values(0, 0.8, 1)] double weight, [Values(1, 3)] int batch)
    {
        using var scope = NewDisposeScope();
        using var network = Parity.Network(Parity.Small, new LoraOptions());
        var labels = (Parity.Values(5, batch, 12, 12).abs() * 2).to_type(ScalarType.Int64).clamp(0, 3);

        Parity.AssertSame(network, Parity.Values(1, batch, 4, 12, 12),
            x => (loss == PixelLoss.Focal ? FocalDice.Compute(x, labels, weight) : CrossEntropyDice.Compute(x, labels, weight)).Total,
            (_, x) => loss == PixelLoss.Focal ? PublishedLoss.FocalDice(x, labels, weight) : PublishedLoss.CrossEntropyDice(x, labels, weight));
    }

    private static SamOptions Options(int grid, int window, bool whole) =>
        Parity.Small with { ImageSize = grid * 8, WindowSize = window, Depth = 1, GlobalAttnIndexes = whole ? [0] : [] };
}
