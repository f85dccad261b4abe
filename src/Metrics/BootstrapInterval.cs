namespace SAMed.MLNet.Metrics;

/// <summary>Percentile bootstrap of a mean (B. Efron, 1979): the middle 95 % of the means of samples drawn with replacement.</summary>
internal static class BootstrapInterval
{
    /// <summary>The interval over at least two values. It depends on the values, the number of resamples, the seed and the stream, and on nothing else.</summary>
    public static (double Low, double High) OfMean(ReadOnlySpan<double> values, int resamples, long seed, long stream)
    {
        var random = new SplitMix64(seed, stream);
        var means = new double[resamples];
        for (var i = 0; i < resamples; i++)
        {
            double sum = 0;
            for (var j = 0; j < values.Length; j++)
            {
                sum += values[random.Below(values.Length)];
            }
            means[i] = sum / values.Length;
        }
        Array.Sort(means);
        return (Percentile.OfSorted(means, 2.5), Percentile.OfSorted(means, 97.5));
    }

    /// <summary>SplitMix64 (G. Steele, D. Lea, C. Flood, Fast Splittable Pseudorandom Number Generators, 2014): one 64-bit state, any seed is good.</summary>
    private struct SplitMix64
    {
        private const ulong Golden = 0x9E3779B97F4A7C15;
        private ulong _state;

        public SplitMix64(long seed, long stream)
        {
            _state = Mix((ulong)seed) ^ Mix((ulong)stream * Golden);
        }

        /// <summary>0 ≤ value &lt; bound, by the high half of a 128-bit product; its bias is below bound / 2^64.</summary>
        public int Below(int bound) => (int)Math.BigMul(Mix(_state += Golden), (ulong)bound, out _);

        private static ulong Mix(ulong z)
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
