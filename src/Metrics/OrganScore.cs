namespace SAMed.MLNet.Metrics;

/// <summary>How well one organ of one case was found. Undefined measures are null.</summary>
/// <param name="Id">The organ's class id, 1 or more.</param>
/// <param name="Name">The organ's name.</param>
/// <param name="Dice">Dice coefficient, 0..1.</param>
/// <param name="Hd">Hausdorff distance, in the unit of the options.</param>
/// <param name="Hd95">95th percentile of the pooled surface distances.</param>
/// <param name="Assd">Average symmetric surface distance.</param>
/// <param name="Nsd">Surface Dice at the options' tolerance, 0..1.</param>
/// <param name="ReferenceVoxels">Voxels of the organ in the reference.</param>
/// <param name="PredictedVoxels">Voxels of the organ in the prediction.</param>
public sealed record OrganScore(
    int Id, string Name, double? Dice, double? Hd, double? Hd95, double? Assd, double? Nsd, int ReferenceVoxels, int PredictedVoxels)
{
    /// <summary>Whether the reference holds the organ and the prediction does not.</summary>
    public bool IsMissed => ReferenceVoxels > 0 && PredictedVoxels == 0;

    /// <summary>Whether the prediction holds the organ and the reference does not.</summary>
    public bool IsInvented => PredictedVoxels > 0 && ReferenceVoxels == 0;
}

/// <summary>The scores of one case.</summary>
/// <param name="Case">The case's name.</param>
/// <param name="Organs">One score per organ, in the order asked for.</param>
public sealed record CaseScores(string Case, IReadOnlyList<OrganScore> Organs);
