namespace SAMed.MLNet.Transforms;

/// <summary>The corner-aligned sampling grid of one axis, in the arithmetic of scipy.ndimage.zoom: sample k lies at k·((in-1)/(out-1)), in double.</summary>
internal readonly struct ZoomGrid
{
    private readonly double _step;
    private readonly double _last;

    public ZoomGrid(int size, int newSize, ZoomEdge edge)
    {
        (_step, _last) = (newSize > 1 ? (size - 1) / (double)(newSize - 1) : 1, size - 1);
        // Only the last sample can leave the source: the one before it lies a whole step inside.
        Inside = edge == ZoomEdge.Paper && (newSize - 1) * _step > _last ? newSize - 1 : newSize;
    }

    /// <summary>Number of leading samples that take a value from the source; those after it are filled with zero.</summary>
    public int Inside { get; }

    /// <summary>Where sample <paramref name="k"/> lies, in source samples, 0..in-1.</summary>
    public double this[int k] => Math.Min(k * _step, _last);

    /// <summary>The source sample nearest to sample <paramref name="k"/>; halves round up.</summary>
    public int Nearest(int k) => (int)Math.Floor(this[k] + 0.5);
}
