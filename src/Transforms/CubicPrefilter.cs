using System.Numerics;
using System.Runtime.InteropServices;

namespace SAMed.MLNet.Transforms;

/// <summary>Turns samples into the coefficients of the cubic B-spline that goes through them, mirrored at the edges without repeating the edge.
/// A recursive filter with one pole per axis: Unser, Aldroubi and Eden, "B-spline signal processing: part II", IEEE Trans. Signal Process. 41(2), 1993.</summary>
internal static class CubicPrefilter
{
    private static readonly double Pole = Math.Sqrt(3) - 2;

    /// <summary>The factor (1-z)(1-1/z) = 6 that the caller multiplies in once per axis longer than 1; the filters below leave it out.</summary>
    public static double Gain(int length) => length > 1 ? (1 - Pole) * (1 - (1 / Pole)) : 1;

    /// <summary>Filters along the rows axis of [height, width]: whole rows at a time.</summary>
    public static void AlongRows(Span<double> plane, int height, int width)
    {
        if (height < 2)
        {
            return;
        }
        var last = height - 1;
        Span<double> start = stackalloc double[MaxStartTerms];
        start = start[..StartWeights(height, start)];
        Scale(Row(plane, 0, width), start[0]);
        for (var i = 1; i < start.Length; i++)
        {
            AddScaled(Row(plane, 0, width), Row(plane, i, width), start[i]);
        }
        for (var i = 1; i < height; i++)
        {
            AddScaled(Row(plane, i, width), Row(plane, i - 1, width), Pole);
        }
        AddScaled(Row(plane, last, width), Row(plane, last - 1, width), Pole);
        Scale(Row(plane, last, width), Pole / ((Pole * Pole) - 1));
        for (var i = last - 1; i >= 0; i--)
        {
            ScaledDifference(Row(plane, i, width), Row(plane, i + 1, width), Pole);
        }
    }

    /// <summary>Filters along the columns axis of [height, width]: four rows at a time, because each step waits for the one before it.</summary>
    public static void AlongColumns(Span<double> plane, int height, int width)
    {
        if (width < 2)
        {
            return;
        }
        Span<double> start = stackalloc double[MaxStartTerms];
        start = start[..StartWeights(width, start)];
        var y = 0;
        for (; y + 4 <= height; y += 4)
        {
            FilterFour(plane.Slice(y * width, 4 * width), width, start);
        }
        for (; y < height; y++)
        {
            FilterOne(Row(plane, y, width), start);
        }
    }

    private const int MaxStartTerms = 64;

    /// <summary>Weights of the first samples in the causal filter's first output. The pole's powers fall below double precision long before <see cref="MaxStartTerms"/>.</summary>
    private static int StartWeights(int length, Span<double> weights)
    {
        var count = Math.Min(length, weights.Length);
        var period = 1 - Math.Pow(Pole, 2 * (length - 1));
        for (var i = 0; i < count; i++)
        {
            var mirrored = i == 0 || i == length - 1 ? 0 : Math.Pow(Pole, (2 * (length - 1)) - i);
            weights[i] = (Math.Pow(Pole, i) + mirrored) / period;
        }
        return count;
    }

    private static void FilterOne(Span<double> row, ReadOnlySpan<double> start)
    {
        var z = Pole;
        var value = Dot(row, start);
        row[0] = value;
        for (var i = 1; i < row.Length; i++)
        {
            row[i] = value = row[i] + (z * value);
        }
        value = (row[^1] + (z * row[^2])) * z / ((z * z) - 1);
        row[^1] = value;
        for (var i = row.Length - 2; i >= 0; i--)
        {
            row[i] = value = z * (value - row[i]);
        }
    }

    private static void FilterFour(Span<double> rows, int width, ReadOnlySpan<double> start)
    {
        var a = Row(rows, 0, width);
        var b = Row(rows, 1, width);
        var c = Row(rows, 2, width);
        var d = Row(rows, 3, width);
        var z = Pole;
        var (va, vb, vc, vd) = (Dot(a, start), Dot(b, start), Dot(c, start), Dot(d, start));
        (a[0], b[0], c[0], d[0]) = (va, vb, vc, vd);
        for (var i = 1; i < width; i++)
        {
            a[i] = va = a[i] + (z * va);
            b[i] = vb = b[i] + (z * vb);
            c[i] = vc = c[i] + (z * vc);
            d[i] = vd = d[i] + (z * vd);
        }
        var last = z / ((z * z) - 1);
        a[^1] = va = (a[^1] + (z * a[^2])) * last;
        b[^1] = vb = (b[^1] + (z * b[^2])) * last;
        c[^1] = vc = (c[^1] + (z * c[^2])) * last;
        d[^1] = vd = (d[^1] + (z * d[^2])) * last;
        for (var i = width - 2; i >= 0; i--)
        {
            a[i] = va = z * (va - a[i]);
            b[i] = vb = z * (vb - b[i]);
            c[i] = vc = z * (vc - c[i]);
            d[i] = vd = z * (vd - d[i]);
        }
    }

    private static double Dot(ReadOnlySpan<double> row, ReadOnlySpan<double> weights)
    {
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
        {
            sum += weights[i] * row[i];
        }
        return sum;
    }

    private static Span<double> Row(Span<double> plane, int row, int width) => plane.Slice(row * width, width);

    private static void Scale(Span<double> row, double factor)
    {
        foreach (ref var value in row)
        {
            value *= factor;
        }
    }

    /// <summary>to += factor·from.</summary>
    private static void AddScaled(Span<double> to, ReadOnlySpan<double> from, double factor)
    {
        var wideTo = MemoryMarshal.Cast<double, Vector<double>>(to);
        var wideFrom = MemoryMarshal.Cast<double, Vector<double>>(from);
        for (var i = 0; i < wideTo.Length; i++)
        {
            wideTo[i] += wideFrom[i] * factor;
        }
        for (var i = wideTo.Length * Vector<double>.Count; i < to.Length; i++)
        {
            to[i] += from[i] * factor;
        }
    }

    /// <summary>to = factor·(from - to).</summary>
    private static void ScaledDifference(Span<double> to, ReadOnlySpan<double> from, double factor)
    {
        var wideTo = MemoryMarshal.Cast<double, Vector<double>>(to);
        var wideFrom = MemoryMarshal.Cast<double, Vector<double>>(from);
        for (var i = 0; i < wideTo.Length; i++)
        {
            wideTo[i] = (wideFrom[i] - wideTo[i]) * factor;
        }
        for (var i = wideTo.Length * Vector<double>.Count; i < to.Length; i++)
        {
            to[i] = (from[i] - to[i]) * factor;
        }
    }
}
