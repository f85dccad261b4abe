namespace SAMed.MLNet.Metrics;

/// <summary>The measures of two surfaces that are reported, without their distances ever being in memory; for each of them, and for more, there is <see cref="SurfaceDistances"/>.</summary>
/// <param name="Hausdorff">The largest distance.</param>
/// <param name="Hausdorff95">The 95th percentile of both directions pooled.</param>
/// <param name="Assd">The mean of the two directed means.</param>
/// <param name="Nsd">The part of both surfaces within the tolerance, 0..1.</param>
internal readonly record struct SurfaceMeasures(double Hausdorff, double Hausdorff95, double Assd, double Nsd)
{
    private const double Percent = 95;

    /// <summary>Measures two masks that are not empty, in one box that holds both: nothing outside it can be nearest to anything inside.</summary>
    public static SurfaceMeasures Between(MaskRows prediction, MaskRows reference, GridSpacing spacing, int connectivity, double tolerance, ScoringMemory memory)
    {
        var (predicted, expected) = Surfaces(prediction, reference, connectivity, memory);
        var voxels = checked(predicted.Count + expected.Count);
        var (below, fraction) = Percentile.RankOf(voxels, Percent);
        var largest = new LargestDistances(voxels - below, memory);
        var limit = tolerance + SurfaceDistances.ToleranceSlack;
        var (there, back) = (new DistanceSums(predicted.Count, limit, largest), new DistanceSums(expected.Count, limit, largest));
        DistanceTransform.Between(predicted, expected, spacing, memory, there);
        DistanceTransform.Between(expected, predicted, spacing, memory, back);
        var low = largest.At(voxels - 1 - below);
        var high = largest.At(Math.Max(0, voxels - 2 - below));
        largest.Release();
        predicted.Release(memory);
        expected.Release(memory);
        return new(Math.Max(there.Max, back.Max), Percentile.Between(low, high, fraction), (there.Mean + back.Mean) / 2, (double)(there.Within + back.Within) / voxels);
    }

    /// <summary>Both surfaces.</summary>
    public static (VoxelBits Prediction, VoxelBits Reference) Surfaces(MaskRows prediction, MaskRows reference, int connectivity, ScoringMemory memory)
    {
        var surfaces = new VoxelBits[2];
        Parallel.For(0, 2, i => surfaces[i] = MaskSurface.Of(i == 0 ? prediction : reference, connectivity, memory));
        return (surfaces[0], surfaces[1]);
    }
}
