namespace SAMed.MLNet.Estimators.Training;

/// <summary>A run folder that cannot be used as asked: it holds another run, or a run that was not to be continued.</summary>
public sealed class RunFolderException : Exception
{
    /// <summary>A problem with <paramref name="folder"/>.</summary>
    public RunFolderException(string folder, string message, Exception? inner = null)
        : base($"{folder}: {message}", inner)
    {
        Folder = folder;
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }
}
