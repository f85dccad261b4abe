using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>A measure over folds.</summary>
internal static class FoldSummary
{
    private const double Confidence = 0.95;

    /// <summary>Mean, sample standard deviation and the interval mean ± t · std / √n of the defined values; no spread below two of them.</summary>
    public static Summary Of(IEnumerable<double?> values) => Summary.Of(values, (defined, mean, std) =>
    {
        var reach = StudentT.TwoSided(Confidence, defined.Length - 1) * std / Math.Sqrt(defined.Length);
        return (mean - reach, mean + reach);
    });
}
