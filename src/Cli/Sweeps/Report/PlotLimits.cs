using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Cli.Sweeps;

/// <summary>How far the vertical axis of a plot goes: by means and single trials. The confidence interval of two or three seeds can be many times as long, and would press them into a line.</summary>
internal static class PlotLimits
{
    /// <summary>Room above and below, as a share of the values' range.</summary>
    private const double Room = 0.25;

    /// <summary>Least room, as a share of the largest value, where the values are nearly the same.</summary>
    private const double LeastRoom = 0.02;

    /// <summary>The two ends; intervals are shown as far as they reach into the room that there is.</summary>
    /// <param name="values">Means and single trials, at least one.</param>
    /// <param name="summaries">The intervals.</param>
    /// <param name="most">What the measure can be at most; its least is 0.</param>
    public static (double Low, double High) Of(IReadOnlyList<double> values, IEnumerable<Summary> summaries, double most)
    {
        Summary[] all = [.. summaries];
        var (low, high) = (values.Min(), values.Max());
        var room = Math.Max(Math.Max(Room * (high - low), LeastRoom * Math.Abs(high)), 1e-3);
        // Intervals that are no wider than the values are shown whole.
        var (least, greatest) = (all.Min(summary => summary.CiLow) ?? low, all.Max(summary => summary.CiHigh) ?? high);
        var reach = Math.Max(high - low, 4 * room);
        var bottom = Math.Min(low - room, Math.Max(least - room, low - reach));
        var top = Math.Max(high + room, Math.Min(greatest + room, high + reach));
        return (Math.Max(0, bottom), Math.Min(most, top));
    }
}
