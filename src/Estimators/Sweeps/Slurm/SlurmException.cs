namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>The Slurm cluster cannot be used: its commands are missing, its controller does not answer, or it refuses the jobs. The message says what to do.</summary>
public sealed class SlurmException : Exception
{
    /// <summary>A fault with what went wrong and what to do.</summary>
    public SlurmException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
