using System.Formats.Tar;

namespace SAMed.MLNet.Shared;

/// <summary>What a path leads to.</summary>
internal static class FilePath
{
    private const int MaxLinks = 40; // As Linux.

    /// <summary>Whether two full paths may differ in case only and still be one file.</summary>
    public static StringComparer Comparer { get; } =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>The full path with symbolic links followed, in its folders too; the last target need not exist. Links below /dev and /proc are not
    /// followed: where /dev/stdout leads to a file, that file is open, and must be written through the link.</summary>
    /// <exception cref="IOException">The links lead in a circle.</exception>
    public static string Resolve(string path)
    {
        var links = 0;
        return Resolve(Path.GetFullPath(path), path, ref links);
    }

    /// <summary>Whether a path that exists is no regular file (device, pipe, socket), so that it must be written to and never replaced.</summary>
    public static bool IsSpecial(string resolvedPath)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(resolvedPath))
        {
            return false;
        }
        return IsBelowDeviceFolder(resolvedPath) || (new FileInfo(resolvedPath).Length == 0 && IsNode(resolvedPath));
    }

    /// <summary>Whether a full path lies where Unix keeps devices and the open files of processes. Shared memory (/dev/shm) holds ordinary files.</summary>
    public static bool IsBelowDeviceFolder(string fullPath) => !OperatingSystem.IsWindows()
        && (IsBelow(fullPath, "/dev/") || IsBelow(fullPath, "/proc/")) && !IsBelow(fullPath, "/dev/shm/");

    private static bool IsBelow(string path, string folder) => path.StartsWith(folder, StringComparison.Ordinal);

    // File attributes and modes of .NET 8 do not tell a pipe from a file, and opening a pipe to see would wake its reader. The tar writer
    // asks the system for the type without opening anything but regular files (here empty ones).
    private static bool IsNode(string path)
    {
        using var archive = new MemoryStream();
        try
        {
            using (var writer = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
            {
                writer.WriteEntry(path, "x");
            }
            archive.Position = 0;
            using var reader = new TarReader(archive);
            return reader.GetNextEntry()?.EntryType is TarEntryType.Fifo or TarEntryType.CharacterDevice or TarEntryType.BlockDevice;
        }
        catch (UnauthorizedAccessException)
        {
            return false; // A regular file that may not be read.
        }
        catch (IOException)
        {
            return true; // What an archive cannot hold: a socket.
        }
    }

    private static string Resolve(string full, string asked, ref int links)
    {
        if (Path.GetDirectoryName(full) is not { } parent)
        {
            return full;
        }
        var folder = Resolve(parent, asked, ref links);
        var real = Path.Combine(folder, Path.GetFileName(full));
        FileSystemInfo info = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
        if (IsBelowDeviceFolder(real) || info.LinkTarget is not { } target)
        {
            return real;
        }
        if (++links > MaxLinks)
        {
            throw new IOException($"{asked} cannot be followed: its symbolic links lead in a circle.");
        }
        return Resolve(Path.GetFullPath(target, folder), asked, ref links);
    }
}
