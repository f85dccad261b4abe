using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>A measure over folds.</summary>
internal static class FoldSummary
{
    private const double Confidence = 0.95;

    /// <summary>Mean, sample standard deviation and the interval mean ± t · std / √n of the defined values; no spread below two of them.</summary>
    public static Summary Of(IEnumerable<double?> values)
    {
        var defined = values.OfType<double>().ToArray();
        if (defined.Length == 0)
        {
            return new(null, null, null, null, 0);
        }
        var mean = defined.Average();
        if (defined.Length == 1)
        {
            return new(mean, null, null, null, 1);
        }
        var std = Math.Sqrt(defined.Sum(value => (value - mean) * (value - mean)) / (defined.Length - 1));
        var reach = StudentT.TwoSided(Confidence, defined.Length - 1) * std / Math.Sqrt(defined.Length);
        return new(mean, std, mean - reach, mean + reach, defined.Length);
    }
}
