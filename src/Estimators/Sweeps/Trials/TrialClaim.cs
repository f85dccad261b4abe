namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Keeps other processes out of a trial's folder until it is disposed, or its process ends.</summary>
internal static class TrialClaim
{
    /// <summary>Waits for a process that is still saving, such as one that was just told to stop.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <exception cref="TrialFailedException">Another process is at work in the folder.</exception>
    public static FileStream Take(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var (path, until) = (Path.Combine(folder, ".lock"), DateTime.UtcNow + s_patience);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException fault) when (File.Exists(path))
            {
                if (DateTime.UtcNow > until)
                {
                    throw new TrialFailedException($"{folder}: another process is at work on this trial. Wait for it, or end it.", fault);
                }
            }
            if (cancellationToken.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200)))
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }
}
