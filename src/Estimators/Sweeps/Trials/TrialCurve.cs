using System.Globalization;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>The validations of a run, from its <c>epochs.csv</c>: it has those of earlier sessions too.</summary>
internal static class TrialCurve
{
    /// <summary>The Dice of each validation up to and with <paramref name="untilEpoch"/>; empty where there is no table yet.</summary>
    public static IReadOnlyList<EpochDice> Read(string run, int? untilEpoch = null)
    {
        try
        {
            return [.. File.ReadLines(Path.Combine(run, "epochs.csv")).Skip(1).Select(Point).OfType<EpochDice>().Where(point => point.Epoch <= (untilEpoch ?? int.MaxValue))];
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>The first of the highest.</summary>
    public static EpochDice? Best(IReadOnlyList<EpochDice> curve) => curve.MaxBy(point => point.Dice);

    // step, epoch, mean loss, validation Dice, classes; a row without validation has no Dice, and a torn last one no columns.
    private static EpochDice? Point(string line) =>
        line.Split(',') is [_, var epoch, _, var dice, ..]
        && int.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && double.TryParse(dice, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? new(number, value)
            : null;
}
