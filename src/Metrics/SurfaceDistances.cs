namespace SAMed.MLNet.Metrics;

/// <summary>The distances between the surfaces of two masks: computed once, then asked for any number of measures.</summary>
/// <remarks>
/// The surface of a mask is the mask without its erosion by the cross of the given connectivity; what lies outside the array is background, so voxels on the
/// array's edge are surface. d(A→B) holds, for each surface voxel of A, the Euclidean distance to the nearest surface voxel of B, between voxel centres.
/// The definitions are those of medpy 0.4.0 (medpy.metric.binary). When a mask is empty, every distance is undefined: null.
/// </remarks>
public sealed class SurfaceDistances
{
    /// <summary>A distance that equals the tolerance counts as within it, whatever the last bits of the spacing did to it.</summary>
    internal const double ToleranceSlack = 1e-9;

    private readonly double[] _predictionToReference;
    private readonly double[] _referenceToPrediction;
    private double[]? _sorted;

    private SurfaceDistances(double[] predictionToReference, double[] referenceToPrediction, int predictionSurface, int referenceSurface)
    {
        (_predictionToReference, _referenceToPrediction) = (predictionToReference, referenceToPrediction);
        (PredictionSurfaceVoxels, ReferenceSurfaceVoxels) = (predictionSurface, referenceSurface);
    }

    /// <summary>Number of surface voxels of the prediction.</summary>
    public int PredictionSurfaceVoxels { get; }

    /// <summary>Number of surface voxels of the reference.</summary>
    public int ReferenceSurfaceVoxels { get; }

    /// <summary>Whether both masks have voxels, so that distances exist.</summary>
    public bool IsDefined => PredictionSurfaceVoxels > 0 && ReferenceSurfaceVoxels > 0;

    /// <summary>d(prediction→reference) of every surface voxel of the prediction in the array's order; empty when undefined.</summary>
    public ReadOnlySpan<double> PredictionToReference => _predictionToReference;

    /// <summary>d(reference→prediction) of every surface voxel of the reference in the array's order; empty when undefined.</summary>
    public ReadOnlySpan<double> ReferenceToPrediction => _referenceToPrediction;

    /// <summary>Hausdorff distance: the largest distance of either direction.</summary>
    public double? Hausdorff => IsDefined ? Math.Max(_predictionToReference.Max(), _referenceToPrediction.Max()) : null;

    /// <summary>Mean of d(prediction→reference).</summary>
    public double? AsdPredictionToReference => IsDefined ? _predictionToReference.Average() : null;

    /// <summary>Mean of d(reference→prediction).</summary>
    public double? AsdReferenceToPrediction => IsDefined ? _referenceToPrediction.Average() : null;

    /// <summary>Average symmetric surface distance: the mean of the two directed means.</summary>
    public double? Assd => (AsdPredictionToReference + AsdReferenceToPrediction) / 2;

    /// <summary>Measures two masks.</summary>
    /// <param name="prediction">2-D or 3-D mask.</param>
    /// <param name="reference">Mask on the same grid.</param>
    /// <param name="connectivity">Neighbourhood that erodes the masks, 1 up to the number of axes: 1 = only voxels that share a face (in 2-D an edge).</param>
    /// <param name="spacing">Distance between neighbours along each axis in the order of the shape, (y, x) or (z, y, x); empty = 1 each, distances in voxels.</param>
    /// <exception cref="ArgumentException">The grids differ, or the spacing does not fit them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The connectivity is below 1 or above the number of axes.</exception>
    public static SurfaceDistances Between(BinaryMask prediction, BinaryMask reference, int connectivity = 1, params ReadOnlySpan<double> spacing)
    {
        BinaryMask.RequireSameGrid(prediction, reference);
        ArgumentOutOfRangeException.ThrowIfLessThan(connectivity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(connectivity, prediction.Axes);
        var step = GridSpacing.Of(prediction.Axes, spacing);
        var box = prediction.Box.Union(reference.Box);
        return box.IsEmpty ? new([], [], 0, 0) : Between(MaskRows.Of(prediction, box), MaskRows.Of(reference, box), step, connectivity, new());
    }

    private static SurfaceDistances Between(MaskRows prediction, MaskRows reference, GridSpacing spacing, int connectivity, ScoringMemory memory)
    {
        var (predicted, expected) = SurfaceMeasures.Surfaces(prediction, reference, connectivity, memory);
        var (there, back) = (new DistanceList(predicted), new DistanceList(expected));
        if (there.Values.Length == 0 || back.Values.Length == 0)
        {
            return new([], [], there.Values.Length, back.Values.Length);
        }
        DistanceTransform.Between(predicted, expected, spacing, memory, there);
        DistanceTransform.Between(expected, predicted, spacing, memory, back);
        return new(there.Values, back.Values, there.Values.Length, back.Values.Length);
    }

    /// <summary>A percentile of both directions' distances pooled, with linear interpolation; 95 gives HD95.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The percentage is outside 0..100.</exception>
    public double? PooledPercentile(double percent)
    {
        if (!IsDefined)
        {
            return null;
        }
        if (_sorted is null)
        {
            double[] sorted = [.. _predictionToReference, .. _referenceToPrediction];
            Array.Sort(sorted);
            _sorted = sorted;
        }
        return Percentile.OfSorted(_sorted, percent);
    }

    /// <summary>Normalised surface distance, or surface Dice: the part of both surfaces' voxels whose distance to the other surface is at most
    /// <paramref name="tolerance"/>, in [0, 1]. Each surface voxel counts once, whatever area it stands for (S. Nikolov et al., 2018, weight by area).</summary>
    /// <param name="tolerance">In the unit of the spacing; a distance that equals it counts as within.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is negative or not a number.</exception>
    public double? Nsd(double tolerance)
    {
        if (!(tolerance >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "A tolerance is 0 or more.");
        }
        if (!IsDefined)
        {
            return null;
        }
        var limit = tolerance + ToleranceSlack;
        var within = _predictionToReference.Count(d => d <= limit) + _referenceToPrediction.Count(d => d <= limit);
        return (double)within / (PredictionSurfaceVoxels + ReferenceSurfaceVoxels);
    }
}
