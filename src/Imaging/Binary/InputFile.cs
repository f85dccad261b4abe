namespace SAMed.MLNet.Imaging.Binary;

/// <summary>Opens files for reading.</summary>
internal static class InputFile
{
    /// <summary>A stream on an existing file; others may read it at the same time.</summary>
    /// <exception cref="FileNotFoundException">There is no such file; the message says what is there instead.</exception>
    public static FileStream Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            var what = Directory.Exists(path) ? "is a folder, not a file" : "does not exist";
            throw new FileNotFoundException($"{path} {what} (looked for {Path.GetFullPath(path)}).", path);
        }
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
    }
}
