using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Transforms.Tests;

/// <summary>Short forms for reading planes out of golden files.</summary>
internal static class GoldenPlane
{
    public static (int Height, int Width) Size(this NpyArray array) => (array.Shape[^2], array.Shape[^1]);

    public static byte[] ToByte(this NpyArray array) => [.. array.ToInt64().Select(value => checked((byte)value))];

    public static float[] Resize(float[] source, (int Height, int Width) size, (int Height, int Width) newSize, SplineOrder order)
    {
        var result = Garbage<float>(newSize);
        SplineResize.Resize(source, size.Height, size.Width, result, newSize.Height, newSize.Width, order, ZoomEdge.Paper);
        return result;
    }

    public static double[] Resize(double[] source, (int Height, int Width) size, (int Height, int Width) newSize, SplineOrder order)
    {
        var result = Garbage<double>(newSize);
        SplineResize.Resize(source, size.Height, size.Width, result, newSize.Height, newSize.Width, order, ZoomEdge.Paper);
        return result;
    }

    public static T[] ResizeNearest<T>(T[] source, (int Height, int Width) size, (int Height, int Width) newSize)
        where T : unmanaged
    {
        var result = Garbage<T>(newSize);
        SplineResize.ResizeNearest<T>(source, size.Height, size.Width, result, newSize.Height, newSize.Width, ZoomEdge.Paper);
        return result;
    }

    public static double MaxError(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        Assert.That(actual.Length, Is.EqualTo(expected.Length));
        var worst = 0.0;
        for (var i = 0; i < actual.Length; i++)
        {
            var error = Math.Abs((double)actual[i] - expected[i]);
            worst = error <= worst ? worst : error; // NaN becomes the worst and stays
        }
        return worst;
    }

    public static double MaxError(double[] actual, double[] expected) => actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max();

    /// <summary>Memory that is not zero: fills with zero must be written.</summary>
    private static T[] Garbage<T>((int Height, int Width) size)
        where T : unmanaged
    {
        var result = new T[size.Height * size.Width];
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(result.AsSpan()).Fill(0x5A);
        return result;
    }
}
