using System.Numerics;
using System.Runtime.InteropServices;

namespace SAMed.MLNet.Transforms;

/// <summary>What becomes of voxels without a value.</summary>
public static class NonFinite
{
    /// <summary>Replaces NaN and infinities of a windowed slice by 0, the lower end of the window, as padding is: infinities beyond a window are at its ends already, and what is
    /// left must not spread over the slice when it is resized.</summary>
    public static void ToZero(Span<float> windowed)
    {
        var wide = MemoryMarshal.Cast<float, Vector<float>>(windowed);
        for (var i = 0; i < wide.Length; i++)
        {
            // What is not finite has no difference from itself.
            wide[i] = Vector.ConditionalSelect(Vector.Equals(wide[i] - wide[i], Vector<float>.Zero), wide[i], Vector<float>.Zero);
        }
        foreach (ref var value in windowed[(wide.Length * Vector<float>.Count)..])
        {
            value = float.IsFinite(value) ? value : 0;
        }
    }

    /// <summary>How many values are NaN or infinite.</summary>
    internal static int Count(ReadOnlySpan<float> values)
    {
        var wide = MemoryMarshal.Cast<float, Vector<float>>(values);
        var finite = Vector<int>.Zero;
        foreach (var value in wide)
        {
            // A true comparison is -1.
            finite -= Vector.Equals(value - value, Vector<float>.Zero);
        }
        var count = (wide.Length * Vector<float>.Count) - Vector.Sum(finite);
        foreach (var value in values[(wide.Length * Vector<float>.Count)..])
        {
            count += float.IsFinite(value) ? 0 : 1;
        }
        return count;
    }

    /// <summary>As <see cref="ToZero"/>, for memory that is not to be changed: <paramref name="windowed"/> itself when all of it is finite, else a copy.</summary>
    internal static ReadOnlySpan<float> AsZero(ReadOnlySpan<float> windowed)
    {
        foreach (var value in windowed)
        {
            if (!float.IsFinite(value))
            {
                float[] copy = [.. windowed];
                ToZero(copy);
                return copy;
            }
        }
        return windowed;
    }
}
