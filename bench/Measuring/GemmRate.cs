using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench.Measuring;

/// <summary>Products of matrices of the shapes of the encoder's linear layers: what the network could reach if it were nothing else.</summary>
internal sealed class GemmRate : IDisposable
{
    private readonly List<(Tensor Left, Tensor Right)> _pairs = [];
    private readonly Device _device;

    private GemmRate(Device device) => _device = device;

    /// <summary>The shapes of one block at <paramref name="batch"/> images.</summary>
    public static GemmRate OfBlock(SamOptions options, int batch, ScalarType type, Device device)
    {
        var (tokens, width) = ((long)batch * options.GridSize * options.GridSize, (long)options.EmbedDim);
        var hidden = (long)(options.MlpRatio * width);
        var products = new GemmRate(device);
        foreach (var (from, to) in new[] { (width, 3 * width), (width, width), (width, hidden), (hidden, width) })
        {
            products.Add(tokens, from, to, type);
        }
        return products;
    }

    /// <summary>One square product.</summary>
    public static GemmRate OfSquare(long side, ScalarType type, Device device)
    {
        var product = new GemmRate(device);
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
            nn.functional.linear(left, right).Dispose();
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
        _pairs.Add((randn(rows, from, device: _device).to(type).DetachFromDisposeScope(), randn(to, from, device: _device).to(type).DetachFromDisposeScope()));
        Operations += 2.0 * rows * from * to;
    }
}
