using System.Runtime.Intrinsics;

namespace SAMed.MLNet.Metrics;

/// <summary>The lower envelope of parabolas of one width along a line: min over q of f(q) + (k − q)²·w for every k, in time linear in the line's length
/// (P. Felzenszwalb and D. Huttenlocher, Distance Transforms of Sampled Functions, Theory of Computing 8, 2012). One instance is the scratch memory of one thread.</summary>
internal sealed class LowerEnvelope
{
    private readonly double _spacingSquared;
    private readonly double[] _inverse;
    private readonly int[] _site;
    private readonly double[] _height;
    private readonly double[] _lifted;
    private readonly double[] _start;

    /// <param name="length">Length of the lines.</param>
    /// <param name="spacing">Distance between neighbours on the line.</param>
    public LowerEnvelope(int length, double spacing)
    {
        _spacingSquared = spacing * spacing;
        _inverse = new double[length + 1];
        for (var step = 1; step <= length; step++)
        {
            _inverse[step] = 1 / (2 * _spacingSquared * step);
        }
        (_site, _height, _lifted, _start) = (new int[length], new double[length], new double[length], new double[length]);
    }

    /// <summary>Replaces f by its envelope; infinite values are no parabolas, and a line of nothing else stays as it is.</summary>
    public void Transform(Span<double> line)
    {
        var count = Build(line);
        if (count == 0)
        {
            return;
        }
        var k = 0;
        for (var parabola = 0; parabola < count; parabola++)
        {
            var end = parabola + 1 < count && _start[parabola + 1] < line.Length - 1 ? (int)Math.Floor(_start[parabola + 1]) + 1 : line.Length;
            if (end > k)
            {
                Evaluate(line[k..end], k - _site[parabola], _height[parabola]);
                k = end;
            }
        }
    }

    /// <summary>One parabola's values from <paramref name="step"/> places beside its middle on.</summary>
    private void Evaluate(Span<double> line, double step, double height)
    {
        var i = 0;
        if (line.Length >= Vector256<double>.Count)
        {
            var steps = Vector256.Create(step) + Vector256.Create(0.0, 1, 2, 3);
            for (; i + Vector256<double>.Count <= line.Length; i += Vector256<double>.Count)
            {
                (Vector256.Create(height) + (steps * steps * _spacingSquared)).CopyTo(line[i..]);
                steps += Vector256.Create((double)Vector256<double>.Count);
            }
        }
        for (; i < line.Length; i++)
        {
            var from = step + i;
            line[i] = height + (from * from * _spacingSquared);
        }
    }

    private int Build(ReadOnlySpan<double> line)
    {
        var count = 0;
        for (var q = 0; q < line.Length; q++)
        {
            var height = line[q];
            if (double.IsPositiveInfinity(height))
            {
                continue;
            }
            var lifted = height + ((double)q * q * _spacingSquared);
            var start = double.NegativeInfinity;
            while (count > 0)
            {
                start = (lifted - _lifted[count - 1]) * _inverse[q - _site[count - 1]];
                if (start > _start[count - 1])
                {
                    break;
                }
                count--;
                start = double.NegativeInfinity;
            }
            (_site[count], _height[count], _lifted[count], _start[count]) = (q, height, lifted, start);
            count++;
        }
        return count;
    }
}
