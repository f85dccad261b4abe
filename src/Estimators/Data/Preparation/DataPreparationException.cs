namespace SAMed.MLNet.Estimators.Data.Preparation;

/// <summary>Data that cannot be prepared, or an output folder that holds another preparation: lists every fault.</summary>
public sealed class DataPreparationException : Exception
{
    /// <summary>Faults of the preparation into <paramref name="folder"/>.</summary>
    public DataPreparationException(string folder, IReadOnlyList<string> faults, Exception? inner = null)
        : base($"{folder}: {string.Join(Environment.NewLine + "  ", faults)}", inner)
    {
        (Folder, Faults) = (folder, faults);
    }

    /// <summary>The folder of images, or the output folder.</summary>
    public string Folder { get; }

    /// <summary>Each fault.</summary>
    public IReadOnlyList<string> Faults { get; }
}
