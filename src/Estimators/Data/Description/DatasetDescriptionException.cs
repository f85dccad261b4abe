namespace SAMed.MLNet.Estimators.Data;

/// <summary>A <c>dataset.json</c> that cannot be understood, or must not be replaced: says which field, what was expected and what was found.</summary>
public sealed class DatasetDescriptionException : Exception
{
    /// <summary>A fault in <paramref name="field"/> of the file at <paramref name="path"/>.</summary>
    public DatasetDescriptionException(string path, string field, string expected, string got, Exception? inner = null)
        : base($"{path}: {field}: expected {expected}, got {got}.", inner) => (FilePath, Field) = (path, field);

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <summary>The field, for instance <c>samed.cases[3].image</c>.</summary>
    public string Field { get; }
}
