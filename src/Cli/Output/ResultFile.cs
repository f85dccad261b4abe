using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Cli.Output;

/// <summary>Result files of text, written whole or not at all.</summary>
internal static class ResultFile
{
    /// <summary>Refuses result files that would replace an input, a result that the command writes itself, or each other. Paths are compared in full, with symbolic links followed.</summary>
    /// <param name="outputs">Each option with its path; null: not given.</param>
    /// <param name="inputs">The files that the command reads.</param>
    /// <param name="own">Files, and folders with all that is in them, that the command writes without being told their names.</param>
    /// <exception cref="UsageException">Two of the paths are one file.</exception>
    public static void RefuseClash(IEnumerable<(string Option, string? Path)> outputs, IEnumerable<string> inputs, IEnumerable<string>? own = null)
    {
        var read = inputs.Select(FilePath.Resolve).ToHashSet(FilePath.Comparer);
        var written = (own ?? []).Select(FilePath.Resolve).ToHashSet(FilePath.Comparer);
        if (written.FirstOrDefault(read.Contains) is { } replaced)
        {
            throw new UsageException($"'{replaced}' is one of the input files, and the command writes a result of that name into --output: it would be replaced. Give another --output.");
        }
        var taken = new Dictionary<string, string>(FilePath.Comparer);
        foreach (var (option, path) in outputs)
        {
            // An empty path is refused with the others that cannot be written; a device is no file that a second writer replaces.
            if (string.IsNullOrEmpty(path) || FilePath.Resolve(path) is var full && FilePath.IsSpecial(full))
            {
                continue;
            }
            if (read.Contains(full))
            {
                throw new UsageException($"{option} '{path}' is one of the input files: it would be replaced. Give another name.");
            }
            if (Ancestry(full).Any(written.Contains))
            {
                throw new UsageException($"{option} '{path}' is the name of a result that the command writes itself, or lies in a folder of them: give another name.");
            }
            if (!taken.TryAdd(full, option))
            {
                throw new UsageException($"{taken[full]} and {option} name the same file '{path}': give two names.");
            }
        }
    }

    private static IEnumerable<string> Ancestry(string path)
    {
        for (var current = path; current is not null; current = Path.GetDirectoryName(current))
        {
            yield return current;
        }
    }

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
        catch (UnauthorizedAccessException exception)
        {
            throw new CommandFailedException($"The result cannot be written to '{path}': access to its folder is denied.", exception);
        }
        catch (FileNotFoundException exception)
        {
            // Of the file that was to be made to try it, whose name means nothing to the user.
            throw new CommandFailedException($"The result cannot be written to '{path}': no file can be made in its folder.", exception);
        }
        catch (Exception exception) when (exception is IOException or ArgumentException)
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
        if (Directory.Exists(path) || Path.EndsInDirectorySeparator(path))
        {
            throw new IOException("it is a folder; give the name of a file.");
        }
        var full = FilePath.Resolve(path);
        if (FilePath.IsSpecial(full))
        {
            return; // Nothing is made beside a device or pipe, and opening one to try may block or consume something.
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
