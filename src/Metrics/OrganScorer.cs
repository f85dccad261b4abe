using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Metrics;

/// <summary>Scores a predicted label volume against its reference, organ by organ.</summary>
public static class OrganScorer
{
    private const int SurfaceConnectivity = 1;

    /// <summary>Voxels of a box from which on an organ is measured by itself.</summary>
    private const long LargeBox = 1 << 20;

    /// <summary>Of an organ that is predicted voxel by voxel: every surface voxel lies on the other surface.</summary>
    private static readonly OrganAgreement Equal = new(1, 0, 0, 0, 1);

    /// <summary>Scores one case. Organs that are missing are scored by the options' policy and never an error.</summary>
    /// <remarks>A volume with one slice is scored as a 2-D image: its surface is the outline, and the slice thickness plays no part. Labels that are not among
    /// <paramref name="organs"/> are background. The voxel axes are taken to be orthogonal, their steps those of the reference.</remarks>
    /// <param name="caseName">Name of the case, for the report and for errors.</param>
    /// <param name="prediction">Predicted class ids.</param>
    /// <param name="reference">Reference class ids on the same grid.</param>
    /// <param name="organs">The organs to score, ids 1..65535, each once.</param>
    /// <param name="options">Policy, unit and tolerance.</param>
    /// <exception cref="GeometryMismatchException">The sizes differ; or, in millimetres and unless the options allow it, the places.</exception>
    /// <exception cref="ArgumentException">No organ, an id outside 1..65535 or twice, or invalid options.</exception>
    public static CaseScores Score(string caseName, LabelVolume prediction, LabelVolume reference, IReadOnlyList<LabelClass> organs, MetricOptions options) =>
        Measure(caseName, prediction, reference, organs, options).Scores(options.Policy);

    /// <summary>As <see cref="Score"/>, before the policy: what is costly is done here once, and any policy is applied to it after.</summary>
    internal static CaseMeasurement Measure(
        string caseName, LabelVolume prediction, LabelVolume reference, IReadOnlyList<LabelClass> organs, MetricOptions options)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(reference);
        return Measure(caseName, LabelRows.Of(prediction), LabelRows.Of(reference), organs, options);
    }

    /// <summary>As the other overload, of label maps that are kept in any form.</summary>
    internal static CaseMeasurement Measure(string caseName, LabelRows prediction, LabelRows reference, IReadOnlyList<LabelClass> organs, MetricOptions options)
    {
        ArgumentNullException.ThrowIfNull(caseName);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        RequireOrgans(organs);
        RequireSameGrid(caseName, prediction.Geometry, reference.Geometry, options);
        var maxId = organs.Max(organ => organ.Id);
        var extents = new LabelExtents[2];
        Parallel.For(0, 2, i => extents[i] = new(i == 0 ? prediction : reference, maxId));
        var both = LabelAgreement.Count(prediction, reference, maxId);
        var measured = new OrganMeasurement[organs.Count];
        var boxes = organs.Select(organ => extents[0].Box(organ.Id).Union(extents[1].Box(organ.Id)).VoxelCount).ToArray();
        // One large organ alone keeps every core busy, and several at a time would take several times the memory. The largest comes first: what it needed is enough for the others.
        var memory = new ScoringMemory();
        foreach (var i in Enumerable.Range(0, organs.Count).Where(i => boxes[i] > LargeBox).OrderByDescending(i => boxes[i]))
        {
            Measure(i);
        }
        Parallel.ForEach(Enumerable.Range(0, organs.Count).Where(i => boxes[i] <= LargeBox), Measure);
        return new(caseName, measured, Diagonal(reference.Geometry, options.Unit));

        void Measure(int i) => measured[i] = MeasureOrgan(organs[i], prediction, reference, extents[0], extents[1], both[organs[i].Id], options, memory);
    }

    private static OrganMeasurement MeasureOrgan(LabelClass organ, LabelRows prediction, LabelRows reference, LabelExtents predicted, LabelExtents expected, int both,
        MetricOptions options, ScoringMemory memory)
    {
        var (predictedVoxels, referenceVoxels) = (predicted.Count(organ.Id), expected.Count(organ.Id));
        if (predictedVoxels == 0 || referenceVoxels == 0)
        {
            return new(organ.Id, organ.Name, referenceVoxels, predictedVoxels, null);
        }
        if (both == predictedVoxels && both == referenceVoxels)
        {
            return new(organ.Id, organ.Name, referenceVoxels, predictedVoxels, Equal);
        }
        var box = predicted.Box(organ.Id).Union(expected.Box(organ.Id));
        var found = SurfaceMeasures.Between(
            MaskRows.Of(prediction, organ.Id, box), MaskRows.Of(reference, organ.Id, box), Spacing(reference.Geometry, options.Unit), SurfaceConnectivity, options.NsdTolerance, memory);
        return new(organ.Id, organ.Name, referenceVoxels, predictedVoxels, new(
            Overlap.Dice(both, predictedVoxels, referenceVoxels), found.Hausdorff, found.Hausdorff95, found.Assd, found.Nsd));
    }

    private static GridSpacing Spacing(Geometry geometry, DistanceUnit unit)
    {
        var (x, y, z) = geometry.SpacingMm;
        return unit == DistanceUnit.Millimetre ? new(z, y, x) : GridSpacing.One;
    }

    /// <summary>From corner to opposite corner of the whole image, voxels' extent included; of the slice when there is only one.</summary>
    private static double Diagonal(Geometry geometry, DistanceUnit unit)
    {
        var spacing = Spacing(geometry, unit);
        var (z, y, x) = (geometry.Depth == 1 ? 0 : geometry.Depth * spacing.Z, geometry.Height * spacing.Y, geometry.Width * spacing.X);
        return Math.Sqrt((z * z) + (y * y) + (x * x));
    }

    private static void RequireOrgans(IReadOnlyList<LabelClass> organs)
    {
        ArgumentNullException.ThrowIfNull(organs);
        var ids = organs.Select(organ => organ.Id).ToArray();
        if (ids.Length == 0 || ids.Distinct().Count() != ids.Length || ids.Any(id => id is < 1 or > ushort.MaxValue))
        {
            throw new ArgumentException($"Organs to score have ids 1..{ushort.MaxValue}, each once; got [{string.Join(", ", ids)}].", nameof(organs));
        }
    }

    private static void RequireSameGrid(string caseName, Geometry prediction, Geometry reference, MetricOptions options)
    {
        var sameSize = (prediction.Depth, prediction.Height, prediction.Width) == (reference.Depth, reference.Height, reference.Width);
        var placeMatters = options.Unit == DistanceUnit.Millimetre && options.RequireSamePlace;
        if (!sameSize || (placeMatters && !prediction.Matches(reference)))
        {
            throw new GeometryMismatchException(caseName, prediction, reference);
        }
    }
}
