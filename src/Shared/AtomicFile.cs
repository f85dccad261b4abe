namespace SAMed.MLNet.Shared;

/// <summary>Writes a file beside its destination and renames it, so that a reader sees the old file or the whole new one.</summary>
internal static class AtomicFile
{
    /// <summary>Calls <paramref name="write"/> with a stream on a temporary file in the same folder, flushes it to disk and renames it over
    /// <paramref name="path"/>. When anything fails, the temporary file is removed and the old file is untouched. A symbolic link stays, and its
    /// target is written so. What is no regular file (a device, a pipe) is not replaced: it receives the bytes of the temporary file, which then
    /// lies in the system's folder for such files.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="durable">Whether to wait until the disk has it. Without it a power cut may leave the new name on old or missing bytes: only for what has a checksum.</param>
    /// <exception cref="IOException">The disk is full, or the file too large for it; names <paramref name="path"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not write there; names <paramref name="path"/>.</exception>
    public static void Write(string path, Action<FileStream> write, bool durable = true)
    {
        var full = FilePath.Resolve(path);
        var special = FilePath.IsSpecial(full);
        var folder = special ? Path.GetTempPath() : Path.GetDirectoryName(full)!;
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.part");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: durable && !special);
                if (special)
                {
                    Deliver(stream, full);
                }
            }
            if (special)
            {
                File.Delete(temporary);
            }
            else
            {
                File.Move(temporary, full, overwrite: true);
            }
        }
        catch (IOException fault)
        {
            TryDelete(temporary);
            throw new IOException($"{full} cannot be written: {fault.Message}", fault);
        }
        catch (UnauthorizedAccessException fault)
        {
            TryDelete(temporary);
            throw new UnauthorizedAccessException($"{full} cannot be written: access to it or to its folder is denied.", fault);
        }
        // The runtime tells of a file that grows beyond what the file system or the user's limit allows as of a wrong argument.
        catch (ArgumentOutOfRangeException fault) when (fault.ParamName == "value")
        {
            TryDelete(temporary);
            throw new IOException($"{full} cannot be written: it would be larger than the file system or the user's limit (ulimit -f) allows.", fault);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>As <see cref="Write(string, Action{FileStream}, bool)"/>, for text in UTF-8 without a byte-order mark.</summary>
    public static void WriteText(string path, string text) => Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(text);
    });

    // Appends, because standard output redirected to a file holds what was written before.
    private static void Deliver(FileStream content, string special)
    {
        content.Position = 0;
        using var destination = new FileStream(special, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 1 << 16);
        content.CopyTo(destination);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
            // The first failure is the one to report; a left-over .part file is harmless and named as such.
        }
        catch (UnauthorizedAccessException)
        {
            // As above.
        }
    }
}
