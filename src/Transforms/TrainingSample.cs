using System.Buffers;

namespace SAMed.MLNet.Transforms;

/// <summary>One slice as training takes it: image and label at the network's size S, and the label on the grid L of the low-resolution logits that the loss compares with.
/// Source: SAMed, RandomGenerator in datasets/dataset_synapse.py.</summary>
public sealed class TrainingSample
{
    private TrainingSample(int imageSize, int lowResSize)
    {
        (ImageSize, LowResSize) = (imageSize, lowResSize);
        (Image, Label, LowResLabel) = (new float[imageSize * imageSize], new byte[imageSize * imageSize], new byte[lowResSize * lowResSize]);
    }

    /// <summary>S, pixels per side.</summary>
    public int ImageSize { get; }

    /// <summary>L, pixels per side.</summary>
    public int LowResSize { get; }

    /// <summary>[S, S], in the source's intensities; the cubic resize may leave their range a little.</summary>
    public float[] Image { get; }

    /// <summary>[S, S], class ids.</summary>
    public byte[] Label { get; }

    /// <summary>[L, L], class ids: nearest neighbours of <see cref="Label"/> on a corner-aligned grid.</summary>
    public byte[] LowResLabel { get; }

    /// <summary>Augments at the stored size, then resizes: image by cubic spline, labels by nearest neighbour. A plane that already has the size is not resampled.</summary>
    /// <param name="image">[H, W], normalised intensities.</param>
    /// <param name="label">[H, W], class ids.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="augmentation">What to apply first.</param>
    /// <param name="imageSize">S, at least 1.</param>
    /// <param name="lowResSize">L, at least 1; SAM's is S/4.</param>
    /// <param name="edge"><see cref="ZoomEdge.Paper"/> for the published behaviour.</param>
    /// <exception cref="ArgumentException">A size is below 1, or a length differs from its sizes.</exception>
    public static TrainingSample Create(
        ReadOnlySpan<float> image, ReadOnlySpan<byte> label, int height, int width, Augmentation augmentation, int imageSize, int lowResSize, ZoomEdge edge)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(lowResSize, 1);
        Plane.Check(image.Length, height, width, nameof(image));
        Plane.Check(label.Length, height, width, nameof(label));
        var sample = new TrainingSample(imageSize, lowResSize);
        var images = ArrayPool<float>.Shared.Rent(image.Length);
        var labels = ArrayPool<byte>.Shared.Rent(label.Length);
        var augmentedImage = images.AsSpan(0, image.Length);
        var augmentedLabel = labels.AsSpan(0, label.Length);
        augmentation.Apply(image, height, width, augmentedImage);
        var (h, w) = augmentation.Apply(label, height, width, augmentedLabel);
        SplineResize.Resize(augmentedImage, h, w, sample.Image, imageSize, imageSize, SplineOrder.Cubic, edge);
        SplineResize.ResizeNearest<byte>(augmentedLabel, h, w, sample.Label, imageSize, imageSize, edge);
        SplineResize.ResizeNearest<byte>(sample.Label, imageSize, imageSize, sample.LowResLabel, lowResSize, lowResSize, edge);
        ArrayPool<float>.Shared.Return(images);
        ArrayPool<byte>.Shared.Return(labels);
        return sample;
    }
}
