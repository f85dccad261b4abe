using System.Security.Cryptography;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>Files that this library makes for itself, kept in a folder that only the user can enter and never trusted without comparing their content.</summary>
internal static class PrivateCache
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The per-user folder: <c>$XDG_CACHE_HOME/samed-mlnet</c>, else <c>~/.cache/samed-mlnet</c>; null when the user has no
    /// home folder.</summary>
    public static string? DefaultFolder
    {
        get
        {
            var xdg = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            if (!string.IsNullOrEmpty(xdg) && Path.IsPathRooted(xdg))
            {
                return Path.Combine(xdg, "samed-mlnet");
            }
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            return home.Length == 0 ? null : Path.Combine(home, ".cache", "samed-mlnet");
        }
    }

    /// <summary>A file under <paramref name="root"/> that holds exactly <paramref name="content"/>, keyed by its hash, written when it is not there yet.
    /// Processes that do so at the same time are safe: the file appears by renaming.</summary>
    /// <exception cref="IOException">The folder or file cannot be made, is a link, or does not hold what was written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder belongs to another user or cannot be written.</exception>
    public static string Provide(string root, string fileName, byte[] content)
    {
        MakePrivate(root);
        var folder = Path.Combine(root, Convert.ToHexString(SHA256.HashData(content))[..32]);
        MakePrivate(folder);
        var path = Path.Combine(folder, fileName);
        if (!Holds(path, content))
        {
            AtomicFile.Write(path, stream => stream.Write(content));
        }
        return Holds(path, content) ? path : throw new IOException($"'{path}' does not hold what was written to it.");
    }

    private static void MakePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }
        Directory.CreateDirectory(folder, OwnerOnly);
        if (new DirectoryInfo(folder).LinkTarget is not null)
        {
            throw new IOException($"The cache folder '{folder}' is a link; it must be a folder of its own.");
        }
        if (File.GetUnixFileMode(folder) != OwnerOnly)
        {
            File.SetUnixFileMode(folder, OwnerOnly);
        }
    }

    private static bool Holds(string path, byte[] content)
    {
        var file = new FileInfo(path);
        return file.Exists && file.LinkTarget is null && file.Length == content.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(content);
    }
}
