using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Transforms;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>A slice to segment.</summary>
/// <param name="Image">[C, h, w] intensities before the preparation.</param>
/// <param name="Height">h.</param>
/// <param name="Width">w.</param>
/// <param name="OutputHeight">Rows of the labels wanted.</param>
/// <param name="OutputWidth">Columns of the labels wanted.</param>
internal readonly record struct SliceInput(float[] Image, int Height, int Width, int OutputHeight, int OutputWidth);

/// <summary>What the network says of a slice.</summary>
/// <param name="Labels">[H, W] class ids.</param>
/// <param name="Probabilities">[C+1, H, W], when asked for; their argmax is <paramref name="Labels"/>.</param>
internal sealed record SliceOutput(byte[] Labels, float[]? Probabilities);

/// <summary>Segments single slices with the one network it holds, from any number of threads. Slices are prepared side by side, and one batch at a time goes through
/// the network: a forward pass uses every core (or the whole GPU) by itself, and memory stays that of one batch.</summary>
internal sealed class SlicePredictor : IDisposable
{
    private readonly object _gate = new();
    private readonly SlicePreparation _preparation;
    private bool _disposed;

    /// <summary>Takes over <paramref name="network"/>, which lies on <paramref name="device"/>.</summary>
    public SlicePredictor(SamNetwork network, Device device, PreprocessingOptions preprocessing, IReadOnlyList<LabelClass> classes)
    {
        VolumePredictor.RequireByteClasses(network);
        (Network, Device, Preprocessing, Classes, _preparation) = (network, device, preprocessing, classes, new(preprocessing));
        network.eval();
    }

    /// <summary>The network.</summary>
    public SamNetwork Network { get; }

    /// <summary>Where it lies.</summary>
    public Device Device { get; }

    /// <summary>The way of a slice to the network.</summary>
    public PreprocessingOptions Preprocessing { get; }

    /// <summary>The classes 1..C.</summary>
    public IReadOnlyList<LabelClass> Classes { get; }

    /// <summary>Whether slices are seen flipped too.</summary>
    public TestTimeAugmentation Tta { get; init; }

    /// <summary>Batches that went through the network so far.</summary>
    public int Passes { get; private set; }

    /// <summary>Segments a batch.</summary>
    /// <param name="slices">The slices, of any sizes.</param>
    /// <param name="firstRow">Number of the first one, for the error.</param>
    /// <param name="probabilities">Whether to return probabilities too.</param>
    /// <exception cref="NonFiniteLogitsException">The network's output is NaN or infinite.</exception>
    /// <exception cref="ObjectDisposedException">The network is gone.</exception>
    public SliceOutput[] Predict(IReadOnlyList<SliceInput> slices, long firstRow, bool probabilities)
    {
        ThrowIfDisposed();
        var values = Preprocessing.Channels * Preprocessing.ImageSize * Preprocessing.ImageSize;
        var images = new float[slices.Count * values];
        Parallel.For(0, slices.Count, i => _preparation.ToNetwork(slices[i].Image, slices[i].Height, slices[i].Width, images.AsSpan(i * values, values)));
        var output = Run(network =>
        {
            Passes++;
            // One row alone gives the bits that it gives among others, whose cursor holds the weights from batch to batch.
            using var held = HoldWeights();
            return NetworkPass.Run(network, Device, images, Preprocessing.Channels, firstRow, Tta, probabilities: probabilities);
        });
        var results = new SliceOutput[slices.Count];
        Parallel.For(0, slices.Count, i => results[i] = Restore(slices[i], output, i));
        return results;
    }

    /// <summary>Converts weights once for all batches until the result is disposed; nobody changes them here.</summary>
    public IDisposable HoldWeights() => Network.HoldWeights(trained: true);

    /// <summary>Gives the network to <paramref name="use"/> while nobody else uses or disposes it.</summary>
    public T Run<T>(Func<SamNetwork, T> use)
    {
        lock (_gate)
        {
            ThrowIfDisposed();
            return use(Network);
        }
    }

    /// <summary>Refuses what needs the network when it is gone.</summary>
    /// <exception cref="ObjectDisposedException">It is.</exception>
    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, typeof(SamSegmentationTransformer));

    /// <inheritdoc/>
    public void Dispose()
    {
        // Waits for a forward pass that is under way.
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                Network.Dispose();
            }
        }
    }

    private SliceOutput Restore(SliceInput slice, NetworkOutput output, int index)
    {
        var pixels = Preprocessing.ImageSize * Preprocessing.ImageSize;
        var (height, width) = (slice.OutputHeight, slice.OutputWidth);
        var labels = new byte[height * width];
        _preparation.FromNetwork(output.Classes.AsSpan(index * pixels, pixels), labels, height, width);
        if (output.Probabilities is not { } all)
        {
            return new(labels, null);
        }
        var planes = Network.Options.NumClasses + 1;
        var probabilities = new float[planes * height * width];
        for (var plane = 0; plane < planes; plane++)
        {
            _preparation.FromNetwork<float>(all.AsSpan(((index * planes) + plane) * pixels, pixels), probabilities.AsSpan(plane * height * width, height * width), height, width);
        }
        return new(labels, probabilities);
    }
}
