namespace SAMed.MLNet.Transforms;

/// <summary>Which pixel of the label a low-resolution pixel takes, that the loss compares with a logit. The network's logits lie on a grid of pixel centres.</summary>
public enum LowResLabels
{
    /// <summary>The pixel at the logit's own centre (of several equally near ones the lower right): pixel k of L reads pixel floor((k + 0.5) S / L) of S.</summary>
    Centered = 0,

    /// <summary>The nearest pixel of a corner-aligned grid, k (S - 1) / (L - 1), as the published SAMed has it (scipy.ndimage.zoom): at 512 the labels lie up to 1.5 pixels
    /// further outside than the logits.</summary>
    Paper = 1,
}
