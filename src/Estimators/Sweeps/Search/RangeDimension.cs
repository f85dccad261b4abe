using System.Globalization;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>A dimension with all numbers from a minimum to a maximum, both included: real numbers, or whole ones only.</summary>
public sealed class RangeDimension : Dimension
{
    // Above it not every whole number is a double.
    private const double LargestWhole = 1L << 53;

    /// <summary>A range. Whether it makes sense is for <see cref="SearchSpace.Validate"/> to say.</summary>
    /// <param name="name">The name.</param>
    /// <param name="min">The smallest value.</param>
    /// <param name="max">The largest value.</param>
    /// <param name="log">Whether equal ratios, not equal differences, count as equally far.</param>
    /// <param name="whole">Whether values are whole numbers (<see cref="long"/>) and not <see cref="double"/>.</param>
    /// <param name="initial">The value that a random search tries first; null = none in particular.</param>
    public RangeDimension(string name, double min, double max, bool log = false, bool whole = false, double? initial = null)
        : base(name, initial is { } value ? whole && double.IsInteger(value) && Math.Abs(value) <= LargestWhole ? (object)(long)value : value : null) =>
        (Min, Max, Log, Whole) = (min, max, log, whole);

    /// <summary>The smallest value.</summary>
    public double Min { get; }

    /// <summary>The largest value.</summary>
    public double Max { get; }

    /// <summary>Whether equal ratios, not equal differences, count as equally far.</summary>
    public bool Log { get; }

    /// <summary>Whether values are whole numbers.</summary>
    public bool Whole { get; }

    /// <inheritdoc/>
    public override long? Count => Whole ? (long)Max - (long)Min + 1 : null;

    internal override object Start => Initial ?? Value(At(0.5), digits: 12);

    /// <inheritdoc/>
    public override IReadOnlyList<object> Grid(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        // 12 digits: 0.001 between 0.0001 and 0.01, and not 0.00099999999999999.
        return count == 1 ? [Start]
            : Count <= count ? [.. Enumerable.Range(0, (int)Count).Select(index => (object)((long)Min + index))]
            : [.. Enumerable.Range(0, count).Select(index => Value(At((double)index / (count - 1)), digits: 12)).Distinct()];
    }

    /// <inheritdoc/>
    /// <remarks>Real numbers are rounded to 6 significant digits, so that they can be read and typed again.</remarks>
    public override object Sample(ref SampleRandom random)
    {
        var share = random.NextDouble();
        if (!Whole)
        {
            return Value(At(share), digits: 6);
        }
        // Every whole number has the interval up to the next one.
        var drawn = Log ? Min * Math.Pow((Max + 1) / Min, share) : Min + share * (Max + 1 - Min);
        return (long)Math.Clamp(Math.Floor(drawn), Min, Max);
    }

    internal override IEnumerable<string> Faults()
    {
        if (!double.IsFinite(Min) || !double.IsFinite(Max))
        {
            yield return Text($"goes from {Min} to {Max}; both ends must be finite");
            yield break;
        }
        if (Min >= Max)
        {
            yield return Text($"goes from {Min} to {Max}; the minimum must be below the maximum");
        }
        if (Log && Min <= 0)
        {
            yield return Text($"is logarithmic and starts at {Min}; its minimum must be above 0");
        }
        if (Whole && (!double.IsInteger(Min) || !double.IsInteger(Max) || Math.Max(Math.Abs(Min), Math.Abs(Max)) > LargestWhole))
        {
            yield return Text($"has whole numbers only and goes from {Min} to {Max}; both ends must be whole, and at most 2^53");
        }
        if (Initial is { } initial && !(Convert.ToDouble(initial, CultureInfo.InvariantCulture) is var start && start >= Min && start <= Max && (!Whole || initial is long)))
        {
            yield return Text($"is to start at {initial}, which is not one of its values from {Min} to {Max}");
        }
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>The number at a share of the way, 0 to 1.</summary>
    private double At(double share) => share switch
    {
        0 => Min,
        1 => Max,
        _ when Log => Min * Math.Pow(Max / Min, share),
        // Not Min + share · (Max − Min), whose difference may overflow.
        _ => Min * (1 - share) + Max * share,
    };

    /// <summary>A number of the range as points hold it.</summary>
    private object Value(double number, int digits) => Whole ? (object)Nearest(number) : Rounded(number, digits);

    private long Nearest(double number) => (long)Math.Clamp(Math.Round(number, MidpointRounding.AwayFromZero), Min, Max);

    private double Rounded(double number, int digits) =>
        Math.Clamp(double.Parse(number.ToString($"G{digits}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), Min, Max);
}
