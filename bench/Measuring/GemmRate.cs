using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench.Measuring;

/// <summary>Products of matrices of the shapes of the encoder's linear layers: what the network could reach if it were nothing else.</summary>
/// <remarks>On a CPU libtorch gives float32 products to MKL, which is slow on processors of other makers, and convolutions to oneDNN: a convolution of one pixel is the
/// same product, so the ceiling is the faster of both.</remarks>
internal sealed class GemmRate : IDisposable
{
    private readonly List<(Tensor Left, Tensor Right)> _pairs = [];
    private readonly Device _device;

    private readonly bool _byConvolution;

    private GemmRate(Device device, bool byConvolution) => (_device, _byConvolution) = (device, byConvolution);

    /// <summary>The shapes of one block at <paramref name="batch"/> images, as linear layers or as convolutions of one pixel.</summary>
    public static GemmRate OfBlock(SamOptions options, int batch, ScalarType type, Device device, bool byConvolution = false)
    {
        var (tokens, width) = ((long)batch * options.GridSize * options.GridSize, (long)options.EmbedDim);
        var hidden = (long)(options.MlpRatio * width);
        var products = new GemmRate(device, byConvolution);
        foreach (var (from, to) in new[] { (width, 3 * width), (width, width), (width, hidden), (hidden, width) })
        {
            products.Add(tokens, from, to, type);
        }
        return products;
    }

    /// <summary>One square product.</summary>
    public static GemmRate OfSquare(long side, ScalarType type, Device device, bool byConvolution = false)
    {
        var product = new GemmRate(device, byConvolution);
        product.Add(side, side, side, type);
        return product;
    }

    /// <summary>Operations of one <see cref="Run"/>.</summary>
    public double Operations { get; private set; }

    /// <summary>All products once.</summary>
    public void Run()
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        foreach (var (left, right) in _pairs)
        {
            (_byConvolution ? nn.functional.conv2d(left, right) : nn.functional.linear(left, right)).Dispose();
        }
        TorchClock.Wait(_device);
    }

    public void Dispose() => _pairs.ForEach(pair =>
    {
        pair.Left.Dispose();
        pair.Right.Dispose();
    });

    private void Add(long rows, long from, long to, ScalarType type)
    {
        using (NewDisposeScope())
        {
            var (left, right) = (randn(rows, from, device: _device).to(type), randn(to, from, device: _device).to(type));
            // [rows, from] as an image of one row that lies in memory channels-last.
            var pair = _byConvolution ? (left.view(1, 1, rows, from).permute(0, 3, 1, 2), right.view(to, from, 1, 1)) : (left, right);
            _pairs.Add((pair.Item1.DetachFromDisposeScope(), pair.Item2.DetachFromDisposeScope()));
        }
        Operations += 2.0 * rows * from * to;
    }
}
