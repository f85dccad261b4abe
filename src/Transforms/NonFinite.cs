namespace SAMed.MLNet.Transforms;

/// <summary>What becomes of voxels without a value.</summary>
public static class NonFinite
{
    /// <summary>Replaces NaN and infinities of a windowed slice by 0, the lower end of the window, as padding is: infinities beyond a window are at its ends already, and what is
    /// left must not spread over the slice when it is resized.</summary>
    public static void ToZero(Span<float> windowed)
    {
        foreach (ref var value in windowed)
        {
            value = float.IsFinite(value) ? value : 0;
        }
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
