namespace SAMed.MLNet.Estimators.Inference;

/// <summary>Whether a slice is seen more than once when it is predicted.</summary>
public enum TestTimeAugmentation
{
    /// <summary>Once, as in the published code.</summary>
    None,

    /// <summary>Four times: as it is, with its columns reversed, with its rows reversed, with both. The probabilities of the four, flipped back, are averaged; the largest mean is the
    /// label. Four forward passes in place of one.</summary>
    Flip,
}
