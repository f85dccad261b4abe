namespace SAMed.MLNet.Metrics;

/// <summary>Percentiles with linear interpolation between order statistics, as numpy.percentile computes them by default.</summary>
internal static class Percentile
{
    /// <summary>The value at rank (n − 1)·percent/100 of ascending values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The percentage is outside 0..100.</exception>
    public static double OfSorted(ReadOnlySpan<double> ascending, double percent)
    {
        if (!(percent is >= 0 and <= 100))
        {
            throw new ArgumentOutOfRangeException(nameof(percent), percent, "A percentile lies in 0..100.");
        }
        var rank = (ascending.Length - 1) * (percent / 100);
        var below = (int)rank;
        var (low, high) = (ascending[below], ascending[Math.Min(below + 1, ascending.Length - 1)]);
        var fraction = rank - below;
        // numpy interpolates from the nearer end, which decides the last bit.
        return fraction >= 0.5 ? high - ((high - low) * (1 - fraction)) : low + ((high - low) * fraction);
    }
}
