namespace SAMed.MLNet.Estimators.Data;

/// <summary>Paths as a description has them.</summary>
internal static class RelativePath
{
    /// <summary>From <paramref name="folder"/>, with forward slashes on every system.</summary>
    public static string Of(string folder, string path) => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
}
