namespace SAMed.MLNet.Metrics;

/// <summary>The unit of distances.</summary>
public enum DistanceUnit
{
    /// <summary>Millimetres, by the reference's voxel spacing.</summary>
    Millimetre,

    /// <summary>Voxels: every spacing is 1, as the published scores of SAMed are computed.</summary>
    Voxel,
}
