namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>A checkpoint file that cannot be read as what it claims to be, or that asks for something a reader must not do:
/// says which file, which part of it, what was expected and what was found.</summary>
public sealed class CheckpointFormatException : FormatException
{
    /// <summary>A fault in <paramref name="field"/> of the file at <paramref name="path"/>.</summary>
    public CheckpointFormatException(string path, string field, string expected, string got, Exception? inner = null)
        : base($"{path}: {field}: expected {expected}, got {got}.", inner)
    {
        (FilePath, Field, Expected, Got, Summary) = (path, field, expected, got, $"expected {expected}, got {got}.");
    }

    private CheckpointFormatException(string path, string field, string expected, string got, string summary)
        : base($"{path}: {summary}")
    {
        (FilePath, Field, Expected, Got, Summary) = (path, field, expected, got, summary);
    }

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <summary>The record, tensor or header field that is wrong.</summary>
    public string Field { get; }

    /// <summary>What would have been right.</summary>
    public string Expected { get; }

    /// <summary>What the file holds.</summary>
    public string Got { get; }

    /// <summary>The message without file and field, for where both stand already.</summary>
    internal string Summary { get; }

    /// <summary>A pickle that asks for a call outside the allow-list. Nothing of it was executed.</summary>
    internal static CheckpointFormatException Refused(string path, string what, string advice) =>
        new(path, "pickle", "only tensors and plain values", what,
            $"refused: the pickle asks to call {what}; nothing was executed. {advice}");
}
