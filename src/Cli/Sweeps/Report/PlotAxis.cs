using System.Globalization;
using SAMed.MLNet.Estimators.Sweeps;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace SAMed.MLNet.Cli.Sweeps;

/// <summary>What points are plotted against.</summary>
/// <param name="Key">For the file's name.</param>
/// <param name="Label">For the axis.</param>
/// <param name="Of">The value of a point; null when it has none.</param>
internal sealed record PlotAxis(string Key, string Label, Func<CandidateSummary, double?> Of)
{
    /// <summary>Above this ratio of the largest value to the smallest, equal ratios are equally far.</summary>
    private const double LogAbove = 7;

    /// <summary>Ticks nearer to each other than this share of the axis would be written over each other.</summary>
    private const double Nearest = 0.09;

    /// <summary>The axes of a sweep: each number that was varied, the rank first; what is trained; what it takes.</summary>
    public static IReadOnlyList<PlotAxis> All(SweepSummary summary)
    {
        var varied = SweepText.Names(summary).Where(name => Distinct(summary.Candidates.Select(candidate => NumberOf(candidate.Parameter, name))) > 1).OrderByDescending(name => name == "rank");
        return
        [
            .. varied.Select(name => new PlotAxis(name, name switch { "rank" => "LoRA rank", "lr" => "learning rate", _ => name }, candidate => NumberOf(candidate.Parameter, name))),
            new("parameters", "trained numbers", candidate => candidate.TrainableParameters),
            new("seconds", "seconds per trial", candidate => candidate.Seconds.Mean),
        ];
    }

    /// <summary>A value as a number; null for a word.</summary>
    public static double? NumberOf(Parameter parameter, string name) => parameter.TryGetValue(name, out var value) && value is long or double ? Convert.ToDouble(parameter[name], CultureInfo.InvariantCulture) : null;

    /// <summary>Gives the plot's horizontal axis its ticks; returns where on it a value lies.</summary>
    public Func<double, double> Apply(Plot plot, IReadOnlyList<double> values)
    {
        plot.XLabel(Label);
        double[] distinct = [.. values.Distinct().Order()];
        Func<double, double> place = distinct is [> 0 and var low, .., var high] && high / low > LogAbove ? Math.Log10 : value => value;
        double[] ticks = [.. Thin(distinct, place)];
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. ticks.Select(place)], [.. ticks.Select(Text)]);
        if (distinct.Length == 1)
        {
            plot.Axes.SetLimitsX(place(distinct[0]) - 1, place(distinct[0]) + 1);
        }
        return place;
    }

    internal static string Text(double value) => Math.Abs(value) switch
    {
        >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + " M",
        >= 1e4 => (value / 1e3).ToString("0.#", CultureInfo.InvariantCulture) + " k",
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        _ => value.ToString("G3", CultureInfo.InvariantCulture),
    };

    private static int Distinct(IEnumerable<double?> values) => values.OfType<double>().Distinct().Count();

    private static IEnumerable<double> Thin(double[] values, Func<double, double> place)
    {
        var (apart, last) = (Nearest * (place(values[^1]) - place(values[0])), double.NegativeInfinity);
        foreach (var value in values.Where(value => value == values[^1] || place(values[^1]) - place(value) >= apart))
        {
            if (place(value) - last >= apart)
            {
                last = place(value);
                yield return value;
            }
        }
    }
}
