namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Does trials: in this process, in worker processes, or on a cluster. The names are those of Microsoft.ML.AutoML.</summary>
public interface ITrialRunner : IDisposable
{
    /// <summary>How many trials may be under way at once.</summary>
    int MaxParallel => 1;

    /// <summary>Finds out whether trials can be run at all, before the first one is.</summary>
    /// <exception cref="Exception">They cannot, with what to do.</exception>
    Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Does one trial; with <see cref="MaxParallel"/> above 1 it is called again before it has returned. A trial that was done for fewer epochs goes on from its checkpoint.</summary>
    /// <exception cref="TrialFailedException">The trial cannot be done; others may.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; what it had done is kept where trials keep files.</exception>
    Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken cancellationToken);
}

/// <summary>A trial could not be done.</summary>
public sealed class TrialFailedException : Exception
{
    /// <summary>A failure with what went wrong.</summary>
    public TrialFailedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
