namespace SAMed.MLNet.Metrics;

/// <summary>A measure over the cases in which it is defined, or over the folds of a cross-validation.</summary>
/// <param name="Mean">Mean; null without a case.</param>
/// <param name="Std">Sample standard deviation (n − 1); null below two cases.</param>
/// <param name="CiLow">Lower end of the 95 % confidence interval of the mean, by bootstrap over cases, by Student's t over folds; null below two cases, because one case says nothing about the spread.</param>
/// <param name="CiHigh">Upper end of that interval.</param>
/// <param name="N">Number of cases, or of folds.</param>
public sealed record Summary(double? Mean, double? Std, double? CiLow, double? CiHigh, int N)
{
    /// <summary>Summarises the defined values; <paramref name="stream"/> separates the resamples of one measure from another's.</summary>
    internal static Summary Of(IEnumerable<double?> values, MetricOptions options, long stream) =>
        Of(values, (defined, _, _) => BootstrapInterval.OfMean(defined, options.BootstrapSamples, options.Seed, stream));

    /// <summary>Summarises the defined values; <paramref name="interval"/> makes the interval of two or more from them, their mean and their standard deviation.</summary>
    internal static Summary Of(IEnumerable<double?> values, Func<double[], double, double, (double Low, double High)> interval)
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
        var (low, high) = interval(defined, mean, std);
        return new(mean, std, low, high, defined.Length);
    }
}

/// <summary>One organ over all cases.</summary>
/// <param name="Id">The organ's class id.</param>
/// <param name="Name">The organ's name.</param>
/// <param name="Dice">Dice coefficient.</param>
/// <param name="Hd">Hausdorff distance.</param>
/// <param name="Hd95">95th percentile of surface distances.</param>
/// <param name="Assd">Average symmetric surface distance.</param>
/// <param name="Nsd">Surface Dice.</param>
/// <param name="Missed">Cases whose reference holds the organ and whose prediction does not.</param>
/// <param name="Invented">Cases whose prediction holds the organ and whose reference does not.</param>
public sealed record OrganSummary(int Id, string Name, Summary Dice, Summary Hd, Summary Hd95, Summary Assd, Summary Nsd, int Missed, int Invented);
