namespace SAMed.MLNet.Modeling.Sam;

/// <summary>A layer that somebody else makes, who knows nothing of the network's mode: it gets the mode afterwards.</summary>
internal interface IModeAware
{
    /// <summary>Computes as <paramref name="mode"/> says from now on.</summary>
    void Use(ComputeMode mode);
}
