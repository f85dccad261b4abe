using System.Buffers;

namespace SAMed.MLNet.Transforms;

/// <summary>One slice as training takes it: image and label at the network's size S, and the label on the grid L of the low-resolution logits that the loss compares with.
/// Source: SAMed, RandomGenerator in datasets/dataset_synapse.py.</summary>
public sealed class TrainingSample
{
    private TrainingSample(int channels, int imageSize, int lowResSize)
    {
        (Channels, ImageSize, LowResSize) = (channels, imageSize, lowResSize);
        (Image, Label, LowResLabel) = (new float[channels * imageSize * imageSize], new byte[imageSize * imageSize], new byte[lowResSize * lowResSize]);
    }

    /// <summary>C, of the image.</summary>
    public int Channels { get; }

    /// <summary>S, pixels per side.</summary>
    public int ImageSize { get; }

    /// <summary>L, pixels per side.</summary>
    public int LowResSize { get; }

    /// <summary>[C, S, S], in the source's intensities; the cubic resize may leave their range a little.</summary>
    public float[] Image { get; }

    /// <summary>[S, S], class ids.</summary>
    public byte[] Label { get; }

    /// <summary>[L, L], class ids: pixels of <see cref="Label"/> as <see cref="LowResLabels"/> says.</summary>
    public byte[] LowResLabel { get; }

    /// <summary>Augments at the stored size, then resizes: image by cubic spline, labels by nearest neighbour. A plane that already has the size is not resampled.
    /// Every channel goes the same way.</summary>
    /// <param name="image">[C, H, W], normalised intensities.</param>
    /// <param name="label">[H, W], class ids.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="augmentation">What to apply first.</param>
    /// <param name="imageSize">S, at least 1.</param>
    /// <param name="lowResSize">L, at least 1; SAM's is S/4.</param>
    /// <param name="edge"><see cref="ZoomEdge.Paper"/> for the published behaviour.</param>
    /// <param name="channels">C, at least 1.</param>
    /// <param name="lowRes">Where <see cref="LowResLabel"/> is read; <see cref="LowResLabels.Paper"/> for the published behaviour.</param>
    /// <exception cref="ArgumentException">A size is below 1, or a length differs from its sizes.</exception>
    public static TrainingSample Create(
        ReadOnlySpan<float> image, ReadOnlySpan<byte> label, int height, int width, Augmentation augmentation, int imageSize, int lowResSize, ZoomEdge edge,
        int channels = 1, LowResLabels lowRes = LowResLabels.Centered)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(lowResSize, 1);
        Plane.Check(image.Length % channels == 0 ? image.Length / channels : image.Length, height, width, nameof(image));
        Plane.Check(label.Length, height, width, nameof(label));
        var sample = new TrainingSample(channels, imageSize, lowResSize);
        var (pixels, size) = (height * width, imageSize * imageSize);
        var images = ArrayPool<float>.Shared.Rent(pixels);
        var labels = ArrayPool<byte>.Shared.Rent(label.Length);
        var augmentedImage = images.AsSpan(0, pixels);
        var augmentedLabel = labels.AsSpan(0, label.Length);
        var (h, w) = augmentation.Apply(label, height, width, augmentedLabel);
        for (var channel = 0; channel < channels; channel++)
        {
            augmentation.Apply(image.Slice(channel * pixels, pixels), height, width, augmentedImage);
            SplineResize.Resize(augmentedImage, h, w, sample.Image.AsSpan(channel * size, size), imageSize, imageSize, SplineOrder.Cubic, edge);
        }
        SplineResize.ResizeNearest<byte>(augmentedLabel, h, w, sample.Label, imageSize, imageSize, edge);
        sample.FillLowResLabel(lowRes, edge);
        ArrayPool<float>.Shared.Return(images);
        ArrayPool<byte>.Shared.Return(labels);
        return sample;
    }

    private void FillLowResLabel(LowResLabels lowRes, ZoomEdge edge)
    {
        if (lowRes == LowResLabels.Paper)
        {
            SplineResize.ResizeNearest<byte>(Label, ImageSize, ImageSize, LowResLabel, LowResSize, LowResSize, edge);
            return;
        }
        for (var y = 0; y < LowResSize; y++)
        {
            for (var x = 0; x < LowResSize; x++)
            {
                LowResLabel[(y * LowResSize) + x] = Label[(Centre(y) * ImageSize) + Centre(x)];
            }
        }

        // floor((k + 0.5) S / L) in whole numbers, which rounding cannot move.
        int Centre(int k) => (int)((((2L * k) + 1) * ImageSize) / (2L * LowResSize));
    }
}
