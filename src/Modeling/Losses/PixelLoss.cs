namespace SAMed.MLNet.Modeling.Losses;

/// <summary>The part of a segmentation loss that looks at each pixel by itself; the other part is Dice.</summary>
public enum PixelLoss
{
    /// <summary>Cross entropy: the published loss, see <see cref="Losses.CrossEntropyDice"/>.</summary>
    CrossEntropy,

    /// <summary>Focal loss, which looks less at pixels that are right already and at background, see <see cref="Losses.FocalDice"/>.</summary>
    Focal,
}
