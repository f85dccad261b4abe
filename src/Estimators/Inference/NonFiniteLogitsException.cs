namespace SAMed.MLNet.Estimators.Inference;

/// <summary>The network's output is NaN or infinite, so it says nothing about the image.</summary>
public sealed class NonFiniteLogitsException : Exception
{
    /// <summary>Slices from <paramref name="firstSlice"/> to <paramref name="lastSlice"/> have no usable output.</summary>
    public NonFiniteLogitsException(long firstSlice, long lastSlice)
        : base($"The network's output for slices {firstSlice} to {lastSlice} is NaN or infinite: a weight is not a finite number. No labels are written. " +
            "Check both files with 'samed checkpoint verify'.")
    {
    }
}
