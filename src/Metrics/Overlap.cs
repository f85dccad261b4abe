namespace SAMed.MLNet.Metrics;

/// <summary>Agreement of two masks by volume.</summary>
public static class Overlap
{
    /// <summary>Dice coefficient 2|A∩B| / (|A| + |B|), in [0, 1]; 0 when both masks are empty, as medpy 0.4.0 has it.</summary>
    /// <exception cref="ArgumentException">The masks lie on different grids.</exception>
    public static double Dice(BinaryMask prediction, BinaryMask reference) =>
        Dice(Intersection(prediction, reference), prediction.Count, reference.Count);

    /// <summary>Intersection over union |A∩B| / |A∪B| (Jaccard index), in [0, 1]; 0 when both masks are empty.</summary>
    /// <exception cref="ArgumentException">The masks lie on different grids.</exception>
    public static double Iou(BinaryMask prediction, BinaryMask reference) =>
        Iou(Intersection(prediction, reference), prediction.Count, reference.Count);

    /// <summary>Dice coefficient from voxel counts; 0 when both masks are empty.</summary>
    public static double Dice(long intersectionVoxels, long predictedVoxels, long referenceVoxels) =>
        predictedVoxels + referenceVoxels == 0 ? 0 : 2.0 * intersectionVoxels / (predictedVoxels + referenceVoxels);

    /// <summary>Intersection over union from voxel counts; 0 when both masks are empty.</summary>
    public static double Iou(long intersectionVoxels, long predictedVoxels, long referenceVoxels) =>
        predictedVoxels + referenceVoxels == 0 ? 0 : (double)intersectionVoxels / (predictedVoxels + referenceVoxels - intersectionVoxels);

    /// <summary>Number of voxels in both masks.</summary>
    /// <exception cref="ArgumentException">The masks lie on different grids.</exception>
    public static int Intersection(BinaryMask prediction, BinaryMask reference)
    {
        BinaryMask.RequireSameGrid(prediction, reference);
        return CountBoth(prediction.Voxels, reference.Voxels);
    }

    /// <summary>Number of places where both hold 1; every element is 0 or 1.</summary>
    internal static int CountBoth(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var count = 0;
        for (var i = 0; i < a.Length && i < b.Length; i++)
        {
            count += a[i] & b[i];
        }
        return count;
    }
}
