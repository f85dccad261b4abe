namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>A sweep's folder, or a file in it, that cannot be used as asked: it holds another sweep, one that was not to be continued, or damage.</summary>
public sealed class SweepFolderException : Exception
{
    /// <summary>A problem with <paramref name="path"/>.</summary>
    public SweepFolderException(string path, string message, Exception? innerException = null)
        : base($"{path}: {message}", innerException)
    {
        FilePath = path;
    }

    /// <summary>The folder or file.</summary>
    public string FilePath { get; }
}
