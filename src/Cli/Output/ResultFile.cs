using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Cli.Output;

/// <summary>Result files of text, written whole or not at all.</summary>
internal static class ResultFile
{
    /// <summary>Tells before the work that <paramref name="path"/> (null: nothing to write) will not be writable after it. Leaves nothing behind.</summary>
    /// <exception cref="CommandFailedException">The path is a folder, or no file can be made in its folder.</exception>
    public static void EnsureWritable(string? path)
    {
        if (path is null)
        {
            return;
        }
        try
        {
            Probe(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw CannotWrite(path, exception);
        }
    }

    /// <summary>Writes <paramref name="text"/> to <paramref name="path"/>; folders are made.</summary>
    /// <exception cref="CommandFailedException">The file cannot be written.</exception>
    public static void WriteText(string path, string text)
    {
        try
        {
            AtomicFile.WriteText(path, text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(path, exception);
        }
    }

    private static CommandFailedException CannotWrite(string path, Exception cause) => new($"The result cannot be written to '{path}': {cause.Message}", cause);

    private static void Probe(string path)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full) || Path.EndsInDirectorySeparator(full))
        {
            throw new IOException("it is a folder; give the name of a file.");
        }
        var folder = Path.GetDirectoryName(full)!;
        List<string> missing = [];
        for (var ancestor = folder; ancestor is not null && !Directory.Exists(ancestor); ancestor = Path.GetDirectoryName(ancestor))
        {
            missing.Add(ancestor);
        }
        Directory.CreateDirectory(folder);
        File.Create(Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.part"), 1, FileOptions.DeleteOnClose).Dispose();
        try
        {
            missing.ForEach(Directory.Delete);
        }
        catch (IOException)
        {
            // Another process put something there in the meantime: the folder is needed.
        }
    }
}
