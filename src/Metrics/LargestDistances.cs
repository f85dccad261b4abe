namespace SAMed.MLNet.Metrics;

/// <summary>Keeps the largest of very many distances, from any number of threads: an upper percentile needs no more than them, and neither all in memory nor sorted.</summary>
internal sealed class LargestDistances
{
    private const int LeastRoom = 4096;

    private readonly object _gate = new();
    private readonly int _wanted;
    private readonly double[] _kept;
    private readonly ScoringMemory _memory;
    private int _count;
    private double _least = double.NegativeInfinity;

    /// <param name="wanted">How many of the largest count, 1 or more.</param>
    /// <param name="memory">Where they are kept.</param>
    public LargestDistances(int wanted, ScoringMemory memory)
    {
        (_wanted, _memory) = (wanted, memory);
        // A quarter more than is wanted, so that they are seldom chosen anew.
        _kept = memory.TakeValues(checked(wanted + Math.Max(LeastRoom, wanted / 4)));
    }

    /// <summary>None but larger ones need be added. It grows.</summary>
    public double Least => Volatile.Read(ref _least);

    /// <summary>Adds distances.</summary>
    public void Add(ReadOnlySpan<double> distances)
    {
        lock (_gate)
        {
            foreach (var distance in distances)
            {
                if (distance <= _least)
                {
                    continue;
                }
                if (_count == _kept.Length)
                {
                    _least = Selection.PutLargestFirst(_kept.AsSpan(0, _count), _wanted);
                    _count = _wanted;
                }
                _kept[_count++] = distance;
            }
        }
    }

    /// <summary>The distance that <paramref name="larger"/> others are not below, fewer than are wanted; 0 when not that many were added, as those that were not are.</summary>
    public double At(int larger) => larger >= _count ? 0 : Selection.PutLargestFirst(_kept.AsSpan(0, _count), larger + 1);

    /// <summary>Gives the memory back.</summary>
    public void Release() => _memory.Return(_kept);
}
