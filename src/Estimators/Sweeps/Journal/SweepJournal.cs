using System.Text;
using System.Text.Json;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary><c>trials.jsonl</c>: what happened in a sweep, one JSON object per line in the order of time, only ever appended. Each record is handed to the system before the next thing happens,
/// so a crash at any moment leaves whole records and at most one torn line at the end, which readers pass over and the next writer cuts off.</summary>
public sealed class SweepJournal : IDisposable
{
    /// <summary>Its name.</summary>
    public const string FileName = "trials.jsonl";

    private readonly FileStream _file;

    private SweepJournal(FileStream file) => _file = file;

    /// <summary>Opens the journal to append to it; a torn last line is cut off. Others may read it meanwhile.</summary>
    /// <exception cref="IOException">It cannot be opened, or another process writes it.</exception>
    public static SweepJournal Open(string path)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            file.SetLength(WholeLines(file));
            file.Seek(0, SeekOrigin.End);
            return new(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Appends one record.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    public void Append(SweepEvent entry)
    {
        // In one piece, so that a reader sees the line or nothing of it in all but a crash.
        _file.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(entry, SweepJson.Line) + "\n"));
        _file.Flush();
    }

    /// <summary>The records of a journal, in their order; none where there is no file. A torn last line is passed over.</summary>
    /// <exception cref="SweepFolderException">A whole line is no record.</exception>
    public static IReadOnlyList<SweepEvent> Read(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file, Encoding.UTF8);
        var lines = reader.ReadToEnd().Split('\n');
        // What stands behind the last end of a line is not whole, even where it happens to be valid.
        return [.. lines[..^1].Select((line, index) => Parse(path, line, index + 1))];
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static SweepEvent Parse(string path, string line, int number)
    {
        try
        {
            return JsonSerializer.Deserialize<SweepEvent>(line, SweepJson.Line) ?? throw new JsonException("It is null.");
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException)
        {
            throw new SweepFolderException(path, $"line {number} is no record of a sweep: {fault.Message}", fault);
        }
    }

    /// <summary>Length of the file up to the end of its last whole line.</summary>
    private static long WholeLines(FileStream file)
    {
        var block = new byte[4096];
        for (var end = file.Length; end > 0;)
        {
            var start = Math.Max(0, end - block.Length);
            file.Position = start;
            var part = block.AsSpan(0, (int)(end - start));
            file.ReadExactly(part);
            if (part.LastIndexOf((byte)'\n') is >= 0 and var at)
            {
                return start + at + 1;
            }
            end = start;
        }
        return 0;
    }
}
