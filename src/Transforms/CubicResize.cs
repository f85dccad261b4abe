using System.Buffers;
using System.Numerics;

namespace SAMed.MLNet.Transforms;

/// <summary>Cubic B-spline resize of one plane, axis by axis.</summary>
internal static class CubicResize
{
    /// <summary>Resizes [height, width] to [newHeight, newWidth]; lengths are already checked.</summary>
    public static void Run<T>(ReadOnlySpan<T> source, int height, int width, Span<T> destination, int newHeight, int newWidth, ZoomEdge edge)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (rows, columns) = (new CubicAxis(height, newHeight, edge), new CubicAxis(width, newWidth, edge));
        var rented = ArrayPool<double>.Shared.Rent((height + newHeight) * width);
        var coefficients = rented.AsSpan(0, height * width);
        var resampled = rented.AsSpan(height * width, rows.Inside * width);
        Load(source, coefficients, CubicPrefilter.Gain(height) * CubicPrefilter.Gain(width));
        // The filters of the two axes commute: that of the columns runs where there are fewer rows.
        CubicPrefilter.AlongRows(coefficients, height, width);
        if (height <= rows.Inside)
        {
            CubicPrefilter.AlongColumns(coefficients, height, width);
        }
        rows.AlongRows(coefficients, width, resampled);
        if (height > rows.Inside)
        {
            CubicPrefilter.AlongColumns(resampled, rows.Inside, width);
        }
        for (var y = 0; y < rows.Inside; y++)
        {
            columns.AlongColumns(resampled.Slice(y * width, width), destination.Slice(y * newWidth, newWidth));
        }
        destination[(rows.Inside * newWidth)..].Clear();
        ArrayPool<double>.Shared.Return(rented);
    }

    private static void Load<T>(ReadOnlySpan<T> source, Span<double> destination, double gain)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < source.Length; i++)
        {
            destination[i] = double.CreateTruncating(source[i]) * gain;
        }
    }
}
