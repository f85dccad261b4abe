using SAMed.MLNet.Bench.Reporting;

namespace SAMed.MLNet.Bench.Measuring;

/// <summary>The seconds of several runs of the same work.</summary>
internal sealed class Samples(IEnumerable<double> seconds)
{
    private readonly double[] _sorted = [.. seconds.Order()];

    public int Count => _sorted.Length;

    public double Median => (_sorted[(_sorted.Length - 1) / 2] + _sorted[_sorted.Length / 2]) / 2;

    public double Min => _sorted[0];

    public double Max => _sorted[^1];

    /// <summary>Median, and minimum to maximum.</summary>
    public override string ToString() => Count == 1 ? Numbers.Seconds(Min) : $"{Numbers.Seconds(Median)} ({Numbers.Seconds(Min)} to {Numbers.Seconds(Max)})";
}
