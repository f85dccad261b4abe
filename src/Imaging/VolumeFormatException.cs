namespace SAMed.MLNet.Imaging;

/// <summary>A file of volumes or arrays that cannot be read as what it claims to be: says which file, which field, what was expected and what was found.</summary>
public sealed class VolumeFormatException : FormatException
{
    /// <summary>A fault in <paramref name="field"/> of the file at <paramref name="path"/>.</summary>
    public VolumeFormatException(string path, string field, string expected, string got, Exception? inner = null)
        : base($"{path}: {field}: expected {expected}, got {got}.", inner)
    {
        (FilePath, Field, Expected, Got) = (path, field, expected, got);
    }

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <summary>The field of its header, or the part of it, that is wrong.</summary>
    public string Field { get; }

    /// <summary>What would have been right.</summary>
    public string Expected { get; }

    /// <summary>What the file holds.</summary>
    public string Got { get; }
}
