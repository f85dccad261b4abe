using System.Numerics;
using System.Runtime.InteropServices;

namespace SAMed.MLNet.Transforms;

/// <summary>What resampling one axis with a cubic B-spline needs: for every new sample, four coefficients' places and weights.</summary>
internal sealed class CubicAxis
{
    private const int Taps = 4;
    private readonly int[] _places;
    private readonly double[] _weights;

    public CubicAxis(int size, int newSize, ZoomEdge edge)
    {
        var grid = new ZoomGrid(size, newSize, edge);
        Inside = grid.Inside;
        (_places, _weights) = (new int[Taps * Inside], new double[Taps * Inside]);
        for (var k = 0; k < Inside; k++)
        {
            var (floor, t) = (Math.Floor(grid[k]), grid[k] - Math.Floor(grid[k]));
            var u = 1 - t;
            var weights = _weights.AsSpan(k * Taps, Taps);
            weights[0] = u * u * u / 6;
            weights[1] = ((t * t * (t - 2) * 3) + 4) / 6;
            weights[2] = ((u * u * (u - 2) * 3) + 4) / 6;
            weights[3] = 1 - weights[0] - weights[1] - weights[2];
            for (var tap = 0; tap < Taps; tap++)
            {
                _places[(k * Taps) + tap] = Mirror((int)floor - 1 + tap, size);
            }
        }
    }

    /// <summary>Number of leading new samples that lie inside the source; those after it are zero.</summary>
    public int Inside { get; }

    /// <summary>Resamples the rows axis: coefficients [size, width] to [Inside, width].</summary>
    public void AlongRows(ReadOnlySpan<double> coefficients, int width, Span<double> destination)
    {
        for (var k = 0; k < Inside; k++)
        {
            var weights = _weights.AsSpan(k * Taps, Taps);
            var places = _places.AsSpan(k * Taps, Taps);
            WeightedSum(
                coefficients.Slice(places[0] * width, width), coefficients.Slice(places[1] * width, width),
                coefficients.Slice(places[2] * width, width), coefficients.Slice(places[3] * width, width), weights, destination.Slice(k * width, width));
        }
    }

    /// <summary>Resamples the columns axis of one row: coefficients [size] to the leading <see cref="Inside"/> values; the rest becomes zero.</summary>
    public void AlongColumns<T>(ReadOnlySpan<double> coefficients, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var places = MemoryMarshal.Cast<int, (int A, int B, int C, int D)>(_places);
        var weights = MemoryMarshal.Cast<double, (double A, double B, double C, double D)>(_weights);
        for (var k = 0; k < places.Length; k++)
        {
            var (place, weight) = (places[k], weights[k]);
            destination[k] = T.CreateTruncating(
                (weight.A * coefficients[place.A]) + (weight.B * coefficients[place.B]) + (weight.C * coefficients[place.C]) + (weight.D * coefficients[place.D]));
        }
        destination[places.Length..].Clear();
    }

    private static void WeightedSum(
        ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<double> c, ReadOnlySpan<double> d, ReadOnlySpan<double> weights, Span<double> sum)
    {
        var va = MemoryMarshal.Cast<double, Vector<double>>(a);
        var vb = MemoryMarshal.Cast<double, Vector<double>>(b);
        var vc = MemoryMarshal.Cast<double, Vector<double>>(c);
        var vd = MemoryMarshal.Cast<double, Vector<double>>(d);
        var wide = MemoryMarshal.Cast<double, Vector<double>>(sum);
        for (var i = 0; i < wide.Length; i++)
        {
            wide[i] = (va[i] * weights[0]) + (vb[i] * weights[1]) + (vc[i] * weights[2]) + (vd[i] * weights[3]);
        }
        for (var i = wide.Length * Vector<double>.Count; i < sum.Length; i++)
        {
            sum[i] = (a[i] * weights[0]) + (b[i] * weights[1]) + (c[i] * weights[2]) + (d[i] * weights[3]);
        }
    }

    /// <summary>Place of sample <paramref name="i"/> in a signal mirrored without repeating its edge: … 2 1 0 1 2 …</summary>
    private static int Mirror(int i, int size)
    {
        if (size == 1)
        {
            return 0;
        }
        var period = 2 * (size - 1);
        i = ((i % period) + period) % period;
        return i < size ? i : period - i;
    }
}
