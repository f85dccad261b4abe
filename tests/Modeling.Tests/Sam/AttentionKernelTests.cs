using CsCheck;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Sam;

/// <summary>The CPU's attention and the GPU's are two ways to one result: both run here.</summary>
public sealed class AttentionKernelTests
{
    private static readonly Gen<(int Batch, int Height, int Width, int Heads, int Channels, int Window)> Sizes =
        Gen.Select(Gen.Int[1, 2], Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 3], Gen.Int[1, 5], Gen.Int[0, 6]);

    [Test]
    public void Tiles_and_fused_kernels_give_the_same_result_and_gradients() => Sizes.Sample(
        size =>
        {
            using var scope = NewDisposeScope();
            var input = Input(size.Batch, size.Height, size.Width, size.Heads, size.Channels * 4, size.Window);
            var pass = new BackwardPass();
            var tiled = Gradients(input, TiledAttention.Run(input, pass));
            pass.ThrowIfFailed();
            var fused = Gradients(input, FusedAttention.Run(input));

            foreach (var (one, other) in tiled.Zip(fused))
            {
                Assert.That((one - other).abs().max().item<double>(), Is.LessThan(1e-10));
            }
        },
        iter: 40,
        threads: 1);

    [Test]
    public void Large_tiles_go_through_convolutions_in_single_precision()
    {
        using var scope = NewDisposeScope();
        var exact = Input(1, 12, 12, 2, 16, window: 0);
        var single = AttentionInput.Of(exact.Tiling, exact.Scale, [.. exact.Tensors.Select(tensor => tensor.detach().to_type(ScalarType.Float32).requires_grad_())]);
        var pass = new BackwardPass();
        var results = Gradients(single, TiledAttention.Run(single, pass));
        pass.ThrowIfFailed();

        foreach (var (one, other) in results.Zip(Gradients(exact, FusedAttention.Run(exact))))
        {
            Assert.That((one - other).abs().max().item<double>(), Is.LessThan(1e-5));
        }
    }

    [Test]
    public void A_fault_in_the_backward_pass_is_thrown_after_it()
    {
        using var scope = NewDisposeScope();
        var pass = new BackwardPass();
        using var gradient = ones(2, 2);

        var gradients = pass.Gradients(gradient, 2, _ => throw new InvalidOperationException("no memory"));

        Assert.That(gradients, Has.All.Null);
        Assert.That(pass.ThrowIfFailed, Throws.InvalidOperationException.With.Message.EqualTo("no memory"));
        Assert.That(pass.ThrowIfFailed, Throws.Nothing);
    }

    private static AttentionInput Input(int batch, int height, int width, int heads, int channels, int window)
    {
        using var generator = new Generator(5);
        var (rows, columns) = window > 0 ? (window, window) : (height, width);
        Tensor Random(params long[] shape) => randn(shape, dtype: ScalarType.Float64, generator: generator).requires_grad_();
        return new(
            new AttentionTiling(window), 1 / Math.Sqrt(channels),
            Random(batch, height, width, heads, channels), Random(batch, height, width, heads, channels), Random(batch, height, width, heads, channels),
            Random(batch, height, width, heads, rows), Random(batch, height, width, heads, columns), Random(heads, channels), Random(heads, channels));
    }

    /// <summary>The result and, of a weighted sum of it, the gradients of all inputs; none counts as zero.</summary>
    private static Tensor[] Gradients(AttentionInput input, Tensor result)
    {
        using var generator = new Generator(6);
        var weights = randn(result.shape, dtype: ScalarType.Float64, generator: generator).to_type(result.dtype);
        (result * weights).sum().backward();
        Tensor[] gradients = [result.detach().to_type(ScalarType.Float64), .. input.Tensors.Select(tensor => (tensor.grad ?? zeros_like(tensor)).to_type(ScalarType.Float64).clone())];
        foreach (var tensor in input.Tensors)
        {
            tensor.grad = null;
        }
        return gradients;
    }
}
