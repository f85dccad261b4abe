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
        var (below, fraction) = RankOf(ascending.Length, percent);
        return Between(ascending[below], ascending[Math.Min(below + 1, ascending.Length - 1)], fraction);
    }

    /// <summary>Rank (n − 1)·percent/100 of a percentile of <paramref name="count"/> values: the index of the value below it, and the rest.</summary>
    public static (int Below, double Fraction) RankOf(int count, double percent)
    {
        var rank = (count - 1) * (percent / 100);
        return ((int)rank, rank - (int)rank);
    }

    /// <summary>The value a fraction of the way from one value to the next larger.</summary>
    /// <remarks>numpy interpolates from the nearer end, which decides the last bit.</remarks>
    public static double Between(double low, double high, double fraction) =>
        fraction >= 0.5 ? high - ((high - low) * (1 - fraction)) : low + ((high - low) * fraction);
}
