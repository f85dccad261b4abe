using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>Scores over the folds of a cross-validation under one policy. What is summarised are the folds: each contributes its mean over the cases that it tested on.</summary>
/// <remarks>The intervals are mean ± t · std / √n with Student's t for n − 1 degrees of freedom, n being the folds in which the measure is defined; they are not cut off at 0 or 1.
/// The folds' training sets overlap, so their scores are not independent and the true uncertainty is larger (Bengio and Grandvalet, 2004).</remarks>
public sealed class CrossValidationReport
{
    internal CrossValidationReport(IReadOnlyList<SegmentationReport> folds)
    {
        Policy = folds[0].Options.Policy;
        Organs = [.. folds.SelectMany(fold => fold.Organs).GroupBy(organ => organ.Id).OrderBy(organ => organ.Key).Select(organ => Summarize([.. organ]))];
        Summary Over(Func<OrganSummary, Summary> measure) => FoldSummary.Of(folds.Select(fold => fold.Organs.Select(organ => measure(organ).Mean).Average()));
        (MeanDice, MeanHd, MeanHd95) = (Over(organ => organ.Dice), Over(organ => organ.Hd), Over(organ => organ.Hd95));
        (MeanAssd, MeanNsd) = (Over(organ => organ.Assd), Over(organ => organ.Nsd));
    }

    /// <summary>The policy.</summary>
    public EmptyMaskPolicy Policy { get; }

    /// <summary>Over folds, their mean Dice over organs.</summary>
    public Summary MeanDice { get; }

    /// <summary>Over folds, their mean HD over organs, in the options' unit.</summary>
    public Summary MeanHd { get; }

    /// <summary>Over folds, their mean HD95 over organs.</summary>
    public Summary MeanHd95 { get; }

    /// <summary>Over folds, their mean ASSD over organs.</summary>
    public Summary MeanAssd { get; }

    /// <summary>Over folds, their mean NSD over organs.</summary>
    public Summary MeanNsd { get; }

    /// <summary>Per organ, in ascending order of ids, each measure over folds (N counts folds); the cases in which it was missed or invented are counted over all folds.</summary>
    public IReadOnlyList<OrganSummary> Organs { get; }

    private static OrganSummary Summarize(OrganSummary[] folds)
    {
        Summary Over(Func<OrganSummary, Summary> measure) => FoldSummary.Of(folds.Select(fold => measure(fold).Mean));
        return new(folds[0].Id, folds[0].Name, Over(organ => organ.Dice), Over(organ => organ.Hd), Over(organ => organ.Hd95), Over(organ => organ.Assd), Over(organ => organ.Nsd),
            folds.Sum(fold => fold.Missed), folds.Sum(fold => fold.Invented));
    }
}
