namespace SAMed.MLNet.Metrics;

/// <summary>Keeps what measures are made of, and the largest distances only.</summary>
internal sealed class DistanceSums(int voxels, double tolerance, LargestDistances largest) : DistanceTaker
{
    private readonly SortedDictionary<int, Sums> _parts = [];

    /// <summary>The largest distance.</summary>
    public double Max => _parts.Values.Select(part => part.Max).DefaultIfEmpty().Max();

    /// <summary>The mean, summed in the order of the parts.</summary>
    public double Mean => _parts.Values.Sum(part => part.Sum) / voxels;

    /// <summary>How many are within the tolerance.</summary>
    public int Within => voxels - _parts.Values.Sum(part => part.Beyond);

    public override Part Begin(int part)
    {
        var sums = new Sums(tolerance, largest);
        lock (_parts)
        {
            _parts.Add(part, sums);
        }
        return sums;
    }

    private sealed class Sums(double tolerance, LargestDistances largest) : Part
    {
        private readonly double[] _large = new double[64];
        private int _count;

        public double Sum { get; private set; }

        public double Max { get; private set; }

        public int Beyond { get; private set; }

        public override void Take(int row, int x, double distance)
        {
            Sum += distance;
            Max = Math.Max(Max, distance);
            Beyond += distance > tolerance ? 1 : 0;
            if (distance > largest.Least)
            {
                _large[_count++] = distance;
                if (_count == _large.Length)
                {
                    End();
                }
            }
        }

        public override void End()
        {
            largest.Add(_large.AsSpan(0, _count));
            _count = 0;
        }
    }
}
