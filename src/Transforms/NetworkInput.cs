using System.Buffers;

namespace SAMed.MLNet.Transforms;

/// <summary>A slice as the network takes it at inference. Source: SAMed, test_single_volume in utils.py.</summary>
public static class NetworkInput
{
    /// <summary>Resizes a slice to S×S by cubic spline, first to <paramref name="inputSize"/> when that is given: the published 512→224→512 path, which gives the
    /// network images as smooth as those it was trained on.</summary>
    /// <param name="slice">[H, W], normalised intensities.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="destination">[S, S]; must not overlap the slice.</param>
    /// <param name="imageSize">S, the network's pixels per side.</param>
    /// <param name="inputSize">Pixels per side of the detour (published: 224), or null for none.</param>
    /// <param name="edge"><see cref="ZoomEdge.Paper"/> for the published behaviour.</param>
    /// <exception cref="ArgumentException">A size is below 1, or a length differs from its sizes.</exception>
    public static void Prepare(ReadOnlySpan<float> slice, int height, int width, Span<float> destination, int imageSize, int? inputSize, ZoomEdge edge)
    {
        if (inputSize is not { } detour)
        {
            SplineResize.Resize(slice, height, width, destination, imageSize, imageSize, SplineOrder.Cubic, edge);
            return;
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(detour, 1, nameof(inputSize));
        var rented = ArrayPool<float>.Shared.Rent(detour * detour);
        var smaller = rented.AsSpan(0, detour * detour);
        SplineResize.Resize(slice, height, width, smaller, detour, detour, SplineOrder.Cubic, edge);
        SplineResize.Resize(smaller, detour, detour, destination, imageSize, imageSize, SplineOrder.Cubic, edge);
        ArrayPool<float>.Shared.Return(rented);
    }
}
