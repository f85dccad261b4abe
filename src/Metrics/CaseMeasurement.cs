namespace SAMed.MLNet.Metrics;

/// <summary>The measures of an organ that both prediction and reference hold.</summary>
internal readonly record struct OrganAgreement(double Dice, double Hd, double Hd95, double Assd, double Nsd);

/// <summary>What was measured of one organ, before a policy says what missing organs score.</summary>
/// <param name="Id">The organ's class id.</param>
/// <param name="Name">The organ's name.</param>
/// <param name="ReferenceVoxels">Voxels in the reference.</param>
/// <param name="PredictedVoxels">Voxels in the prediction.</param>
/// <param name="Agreement">Null when the organ is missing in one of the two.</param>
internal sealed record OrganMeasurement(int Id, string Name, int ReferenceVoxels, int PredictedVoxels, OrganAgreement? Agreement)
{
    /// <summary>The scores under a policy.</summary>
    /// <param name="policy">Decides only where the organ is missing.</param>
    /// <param name="diagonal">The image's diagonal, the worst distance there is.</param>
    public OrganScore Score(EmptyMaskPolicy policy, double diagonal)
    {
        var blank = new OrganScore(Id, Name, null, null, null, null, null, ReferenceVoxels, PredictedVoxels);
        if (Agreement is { } found)
        {
            return blank with { Dice = found.Dice, Hd = found.Hd, Hd95 = found.Hd95, Assd = found.Assd, Nsd = found.Nsd };
        }
        if (policy == EmptyMaskPolicy.Paper)
        {
            return blank with { Dice = PredictedVoxels > 0 ? 1 : 0, Hd95 = 0 };
        }
        return ReferenceVoxels + PredictedVoxels == 0 ? blank : blank with { Dice = 0, Hd = diagonal, Hd95 = diagonal, Assd = diagonal, Nsd = 0 };
    }
}

/// <summary>What was measured of one case.</summary>
/// <param name="Case">The case's name.</param>
/// <param name="Organs">One measurement per organ.</param>
/// <param name="Diagonal">From corner to opposite corner of the image, in the unit of the distances.</param>
internal sealed record CaseMeasurement(string Case, IReadOnlyList<OrganMeasurement> Organs, double Diagonal)
{
    /// <summary>The scores under a policy.</summary>
    public CaseScores Scores(EmptyMaskPolicy policy) => new(Case, [.. Organs.Select(organ => organ.Score(policy, Diagonal))]);
}
