using System.Buffers;
using System.Numerics;

namespace SAMed.MLNet.Transforms;

/// <summary>Resizes planes [H, W] (row by row) on a corner-aligned grid, by nearest neighbour or cubic B-spline, equal to scipy.ndimage.zoom
/// (mode constant, cval 0, grid_mode False), which SAMed uses for every change of size (datasets/dataset_synapse.py, utils.py).
/// Equal sizes copy. All arithmetic is in double.</summary>
public static class SplineResize
{
    /// <summary>Resizes float32 values.</summary>
    /// <param name="source">[H, W].</param>
    /// <param name="height">H, at least 1.</param>
    /// <param name="width">W, at least 1.</param>
    /// <param name="destination">[H', W']; must not overlap the source.</param>
    /// <param name="newHeight">H', at least 1.</param>
    /// <param name="newWidth">W', at least 1.</param>
    /// <param name="order">Nearest or cubic.</param>
    /// <param name="edge">What happens where rounding leaves the source.</param>
    /// <exception cref="ArgumentException">A size is below 1, a length differs from its sizes, or the order is not defined.</exception>
    public static void Resize(
        ReadOnlySpan<float> source, int height, int width, Span<float> destination, int newHeight, int newWidth, SplineOrder order, ZoomEdge edge) =>
        ResizeReal(source, height, width, destination, newHeight, newWidth, order, edge);

    /// <summary>Resizes float64 values; parameters and errors as for float32.</summary>
    /// <inheritdoc cref="Resize(ReadOnlySpan{float}, int, int, Span{float}, int, int, SplineOrder, ZoomEdge)"/>
    public static void Resize(
        ReadOnlySpan<double> source, int height, int width, Span<double> destination, int newHeight, int newWidth, SplineOrder order, ZoomEdge edge) =>
        ResizeReal(source, height, width, destination, newHeight, newWidth, order, edge);

    /// <summary>Resizes values of any type by nearest neighbour: labels of any integer type.</summary>
    /// <inheritdoc cref="Resize(ReadOnlySpan{float}, int, int, Span{float}, int, int, SplineOrder, ZoomEdge)"/>
    public static void ResizeNearest<T>(
        ReadOnlySpan<T> source, int height, int width, Span<T> destination, int newHeight, int newWidth, ZoomEdge edge)
        where T : unmanaged
    {
        Check(source.Length, height, width, destination.Length, newHeight, newWidth, edge);
        var (rows, columns) = (new ZoomGrid(height, newHeight, edge), new ZoomGrid(width, newWidth, edge));
        var rented = ArrayPool<int>.Shared.Rent(newWidth);
        var from = rented.AsSpan(0, columns.Inside);
        for (var x = 0; x < from.Length; x++)
        {
            from[x] = columns.Nearest(x);
        }
        for (var y = 0; y < newHeight; y++)
        {
            var to = destination.Slice(y * newWidth, newWidth);
            if (y >= rows.Inside)
            {
                to.Clear();
                continue;
            }
            var row = source.Slice(rows.Nearest(y) * width, width);
            for (var x = 0; x < from.Length; x++)
            {
                to[x] = row[from[x]];
            }
            to[from.Length..].Clear();
        }
        ArrayPool<int>.Shared.Return(rented);
    }

    private static void ResizeReal<T>(
        ReadOnlySpan<T> source, int height, int width, Span<T> destination, int newHeight, int newWidth, SplineOrder order, ZoomEdge edge)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (IsNearest(order))
        {
            ResizeNearest(source, height, width, destination, newHeight, newWidth, edge);
            return;
        }
        Check(source.Length, height, width, destination.Length, newHeight, newWidth, edge);
        if ((height, width) == (newHeight, newWidth))
        {
            source.CopyTo(destination);
            return;
        }
        CubicResize.Run(source, height, width, destination, newHeight, newWidth, edge);
    }

    private static bool IsNearest(SplineOrder order) => order switch
    {
        SplineOrder.Nearest => true,
        SplineOrder.Cubic => false,
        _ => throw new ArgumentException($"The spline order is 0 (nearest) or 3 (cubic), got {(int)order}.", nameof(order)),
    };

    private static void Check(int length, int height, int width, int newLength, int newHeight, int newWidth, ZoomEdge edge)
    {
        Plane.Check(length, height, width, "source");
        Plane.Check(newLength, newHeight, newWidth, "destination");
        if (edge is not (ZoomEdge.Exact or ZoomEdge.Paper))
        {
            throw new ArgumentException($"The zoom edge is Exact or Paper, got {(int)edge}.", nameof(edge));
        }
    }
}
