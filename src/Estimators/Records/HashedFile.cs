using System.Security.Cryptography;
using SAMed.MLNet.Estimators.Data;

namespace SAMed.MLNet.Estimators.Records;

/// <summary>A file that a result was made from, and what it held.</summary>
/// <param name="Path">Its path with <c>/</c>, relative to the folder that the record names, or absolute where the file lies elsewhere.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">SHA-256 of its bytes, lower-case hex.</param>
public sealed record HashedFile(string Path, long Bytes, string Sha256)
{
    private const int BufferSize = 1 << 20;

    /// <summary>Reads <paramref name="path"/> once, from its start to its end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folder">The folder that the path is recorded relative to; null = the full path.</param>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static HashedFile Of(string path, string? folder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, FileOptions.SequentialScan);
        var hash = Convert.ToHexString(SHA256.HashData(stream)).ToLowerInvariant();
        return new(NameOf(path, folder), stream.Position, hash);
    }

    /// <summary>Reads each of <paramref name="paths"/> once, several at a time. A path that occurs twice is listed once.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="folder">The folder that paths are recorded relative to; null = full paths.</param>
    /// <param name="progress">Gets the number of files read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The files in the order of their recorded paths' characters.</returns>
    /// <exception cref="IOException">A file is not there or cannot be read.</exception>
    public static IReadOnlyList<HashedFile> OfAll(
        IEnumerable<string> paths, string? folder = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        string[] distinct = [.. paths.Distinct(StringComparer.Ordinal)];
        var files = new HashedFile[distinct.Length];
        var done = 0;
        EachFile.Do(distinct.Length, index =>
        {
            files[index] = Of(distinct[index], folder);
            progress?.Report(Interlocked.Increment(ref done));
        }, cancellationToken);
        return [.. files.OrderBy(file => file.Path, StringComparer.Ordinal)];
    }

    private static string NameOf(string path, string? folder)
    {
        var full = System.IO.Path.GetFullPath(path);
        var relative = folder is null ? full : System.IO.Path.GetRelativePath(folder, full);
        return (System.IO.Path.IsPathRooted(relative) || relative.StartsWith("..", StringComparison.Ordinal) ? full : relative).Replace('\\', '/');
    }
}
