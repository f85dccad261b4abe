namespace SAMed.MLNet.Metrics;

/// <summary>What an organ scores when the prediction or the reference does not hold it.</summary>
public enum EmptyMaskPolicy
{
    /// <summary>Missed (only in the reference) or invented (only in the prediction): Dice 0, NSD 0, and the image's diagonal as HD, HD95 and ASSD.
    /// Absent in both: undefined, left out of every mean.</summary>
    Strict,

    /// <summary>The rule of TransUNet and SAMed (test.py, calculate_metric_percase), so that published tables can be compared with. Empty reference but not
    /// prediction: Dice 1, HD95 0. Empty prediction, whatever the reference: Dice 0, HD95 0. Both count in the means. The published rule has no HD, ASSD and NSD:
    /// they are undefined in these cases and left out.</summary>
    Paper,
}
