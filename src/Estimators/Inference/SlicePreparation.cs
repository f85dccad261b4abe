using System.Buffers;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>Brings one slice from file intensities to the square that the network sees: window, detour, resize. One implementation for training and prediction.</summary>
public sealed class SlicePreparation
{
    private readonly PreprocessingOptions _options;

    /// <summary>Prepares with <paramref name="options"/>.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public SlicePreparation(PreprocessingOptions options)
    {
        options.Validate();
        _options = options;
    }

    /// <summary>The size at which a training slice is kept and augmented: the detour's, or the slice's own.</summary>
    public (int Height, int Width) StoredSize(int height, int width) =>
        _options.InputSize is { } size ? (size, size) : (height, width);

    /// <summary>[C, H, W] file intensities → window → [C, h, w] at <see cref="StoredSize"/>, float32, every channel by itself. NaN becomes the window's lower end.</summary>
    public float[] ToStored(ReadOnlySpan<float> slice, int height, int width)
    {
        var stored = StoredSize(height, width);
        var result = new float[_options.Channels * stored.Height * stored.Width];
        ToStored(slice, height, width, result);
        return result;
    }

    /// <summary>[H, W] class ids → nearest → [h, w] at <see cref="StoredSize"/>.</summary>
    public byte[] LabelToStored(ReadOnlySpan<byte> label, int height, int width)
    {
        var (h, w) = StoredSize(height, width);
        var stored = new byte[h * w];
        if ((h, w) == (height, width))
        {
            label.CopyTo(stored);
        }
        else
        {
            SplineResize.ResizeNearest(label, height, width, stored, h, w, _options.ZoomEdge);
        }
        return stored;
    }

    /// <summary>[C, H, W] file intensities → [C, S, S] as the network sees it, into <paramref name="destination"/>.</summary>
    public void ToNetwork(ReadOnlySpan<float> slice, int height, int width, Span<float> destination)
    {
        var (h, w) = StoredSize(height, width);
        var size = _options.ImageSize;
        if ((h, w) == (size, size))
        {
            ToStored(slice, height, width, destination);
            return;
        }
        var rented = ArrayPool<float>.Shared.Rent(_options.Channels * h * w);
        var stored = rented.AsSpan(0, _options.Channels * h * w);
        ToStored(slice, height, width, stored);
        Resize(stored, h, w, destination, size, size);
        ArrayPool<float>.Shared.Return(rented);
    }

    /// <summary>[S, S] class ids → nearest → [H, W], the way back from the network.</summary>
    public void FromNetwork(ReadOnlySpan<byte> labels, Span<byte> destination, int height, int width) => FromNetwork<byte>(labels, destination, height, width);

    /// <summary>[S, S] → nearest → [H, W], for whatever the network says of each pixel.</summary>
    internal void FromNetwork<T>(ReadOnlySpan<T> plane, Span<T> destination, int height, int width)
        where T : unmanaged
    {
        var size = _options.ImageSize;
        if ((height, width) == (size, size))
        {
            plane.CopyTo(destination);
        }
        else
        {
            SplineResize.ResizeNearest(plane, size, size, destination, height, width, _options.ZoomEdge);
        }
    }

    private void ToStored(ReadOnlySpan<float> slice, int height, int width, Span<float> stored)
    {
        var size = StoredSize(height, width);
        if (size == (height, width))
        {
            Window(slice, stored);
            return;
        }
        var rented = ArrayPool<float>.Shared.Rent(slice.Length);
        var windowed = rented.AsSpan(0, slice.Length);
        Window(slice, windowed);
        Resize(windowed, height, width, stored, size.Height, size.Width);
        ArrayPool<float>.Shared.Return(rented);
    }

    private void Window(ReadOnlySpan<float> slice, Span<float> windowed)
    {
        if (_options.WindowMin is { } min && _options.WindowMax is { } max)
        {
            HuWindow.Normalize(slice, windowed, min, max);
        }
        else
        {
            slice.CopyTo(windowed);
        }
        NonFinite.ToZero(windowed);
    }

    /// <summary>Channel by channel.</summary>
    private void Resize(ReadOnlySpan<float> image, int height, int width, Span<float> resized, int toHeight, int toWidth)
    {
        int from = height * width, to = toHeight * toWidth;
        for (var channel = 0; channel < _options.Channels; channel++)
        {
            SplineResize.Resize(image.Slice(channel * from, from), height, width, resized.Slice(channel * to, to), toHeight, toWidth, SplineOrder.Cubic, _options.ZoomEdge);
        }
    }
}
