using System.Runtime.ExceptionServices;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Work on many files, several at a time.</summary>
internal static class EachFile
{
    /// <summary>Does <paramref name="work"/> for 0 to <paramref name="count"/> - 1. The first fault ends it and is thrown as it is: one fault is enough to act on, and files that
    /// were worked on at the same time may have others.</summary>
    /// <param name="count">Number of files.</param>
    /// <param name="work">Gets the number of a file.</param>
    /// <param name="cancellationToken">Ends the work between files.</param>
    /// <param name="workers">Files at a time; 0 = the processors.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Do(int count, Action<int> work, CancellationToken cancellationToken, int workers = 0)
    {
        try
        {
            Parallel.For(0, count, new() { CancellationToken = cancellationToken, MaxDegreeOfParallelism = workers > 0 ? workers : Environment.ProcessorCount }, work);
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
    }
}
