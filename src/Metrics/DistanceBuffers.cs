using System.Collections.Concurrent;

namespace SAMed.MLNet.Metrics;

/// <summary>Memory for distances that one measurement after the other uses, a piece for each thread.</summary>
internal sealed class DistanceBuffers
{
    private readonly ConcurrentBag<double[]> _free = [];

    /// <summary>At least <paramref name="length"/> values, whatever is in them.</summary>
    public double[] Take(int length) => _free.TryTake(out var values) && values.Length >= length ? values : GC.AllocateUninitializedArray<double>(length);

    /// <summary>Gives back what was taken.</summary>
    public void Return(double[] values) => _free.Add(values);
}
