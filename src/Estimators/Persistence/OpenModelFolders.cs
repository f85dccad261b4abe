namespace SAMed.MLNet.Estimators.Persistence;

/// <summary>Guesses where a model lies that ML.NET is loading.</summary>
/// <remarks>ML.NET does not tell a transformer which file it comes from. While it reads the model, though, the file is open in this process, and Linux lists open files.
/// Elsewhere only the working folder and the program's folder count as beside the model; <c>mlContext.Segmentation().LoadModel(path)</c> knows the path everywhere.</remarks>
internal static class OpenModelFolders
{
    private const string OpenFiles = "/proc/self/fd";

    /// <summary>Folders of the zip files that this process has open, then the working folder and the program's.</summary>
    public static IReadOnlyList<string> Now() => [.. FoldersOfOpenZips().Append(Environment.CurrentDirectory).Append(AppContext.BaseDirectory).Distinct(StringComparer.Ordinal)];

    private static IEnumerable<string> FoldersOfOpenZips()
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists(OpenFiles))
        {
            yield break;
        }
        foreach (var descriptor in Directory.EnumerateFiles(OpenFiles))
        {
            if (TargetOf(descriptor) is { } path && IsZip(path))
            {
                yield return Path.GetDirectoryName(path)!;
            }
        }
    }

    private static string? TargetOf(string descriptor)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            // Closed since it was listed.
            return null;
        }
    }

    private static bool IsZip(string path)
    {
        try
        {
            // Pipes, sockets and devices are open files too, and reading from them would wait.
            if (!File.Exists(path) || (File.GetAttributes(path) & FileAttributes.Device) != 0)
            {
                return false;
            }
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> start = stackalloc byte[4];
            return stream.Length >= 4 && stream.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && start.SequenceEqual("PK\u0003\u0004"u8);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return false;
        }
    }
}
