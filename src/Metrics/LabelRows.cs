using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Metrics;

/// <summary>A label map that is read row by row, whatever it is kept as.</summary>
internal abstract class LabelRows(Geometry geometry)
{
    /// <summary>The grid.</summary>
    public Geometry Geometry { get; } = geometry;

    /// <summary>The labels of row <paramref name="row"/> = z·H + y, from any number of threads.</summary>
    /// <param name="row">0 to D·H − 1.</param>
    /// <param name="scratch">W places that the row may be written to; what comes back may be elsewhere.</param>
    public abstract ReadOnlySpan<ushort> Row(int row, Span<ushort> scratch);

    /// <summary>The labels themselves; those of a volume in memory are not copied.</summary>
    public abstract LabelVolume ToVolume();

    /// <summary>The rows of a volume in memory.</summary>
    public static LabelRows Of(LabelVolume labels) => new Dense(labels);

    private sealed class Dense(LabelVolume labels) : LabelRows(labels.Geometry)
    {
        public override ReadOnlySpan<ushort> Row(int row, Span<ushort> scratch) => labels.Voxels.AsSpan(row * Geometry.Width, Geometry.Width);

        public override LabelVolume ToVolume() => labels;
    }
}
