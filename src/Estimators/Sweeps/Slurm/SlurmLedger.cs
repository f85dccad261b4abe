using System.Text;
using System.Text.Json;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>What was submitted, in <c>slurm/jobs.jsonl</c>: a line before an array job is submitted, with what its tasks do, and one after, with its number.
/// A crash at any byte loses at most the line that was being written; who goes on finds the jobs that still run by their names.</summary>
internal sealed class SlurmLedger
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private readonly string _path;

    public SlurmLedger(string folder)
    {
        Folder = Path.GetFullPath(folder);
        _path = Path.Combine(Folder, "jobs.jsonl");
        Directory.CreateDirectory(Folder);
        foreach (var entry in Read())
        {
            Last = Math.Max(Last, entry.Batch);
            foreach (var (key, index) in (entry.Tasks ?? []).Select((key, index) => (key, index)))
            {
                Places[key] = (entry.Name!, entry.Batch, index);
            }
        }
    }

    /// <summary>The folder <c>slurm</c>.</summary>
    public string Folder { get; }

    /// <summary>Where each piece of work was last given to: the name of the job, the number of the batch, the index.</summary>
    public Dictionary<string, (string Name, int Batch, int Index)> Places { get; } = new(StringComparer.Ordinal);

    /// <summary>The highest number of a batch.</summary>
    private int Last { get; set; }

    /// <summary>The folder of a batch.</summary>
    public string FolderOf(int batch) => Path.Combine(Folder, batch.ToString("0000", System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Takes down that an array job is about to be submitted.</summary>
    /// <returns>The number of the batch.</returns>
    public int Begin(Func<int, string> nameOf, IReadOnlyList<string> keys)
    {
        // Beyond folders that exist too: the line of one may have been lost in a crash.
        do
        {
            Last++;
        }
        while (Directory.Exists(FolderOf(Last)));
        Directory.CreateDirectory(FolderOf(Last));
        Append(new() { AtUtc = DateTime.UtcNow, Batch = Last, Name = nameOf(Last), Tasks = keys });
        return Last;
    }

    /// <summary>Takes down that it was submitted.</summary>
    public void Submitted(int batch, string job) => Append(new() { AtUtc = DateTime.UtcNow, Batch = batch, Job = job });

    private void Append(Entry entry)
    {
        var line = JsonSerializer.Serialize(entry, s_json) + "\n";
        using var stream = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        // What a crash tore is ended, so that it spoils no other line.
        stream.Seek(-Math.Min(stream.Length, 1), SeekOrigin.End);
        if (stream.Length > 0 && stream.ReadByte() != '\n')
        {
            line = "\n" + line;
        }
        stream.Write(Encoding.UTF8.GetBytes(line));
        stream.Flush(flushToDisk: true);
    }

    private IEnumerable<Entry> Read() => File.Exists(_path) ? File.ReadLines(_path).Select(Parse).OfType<Entry>().Where(entry => entry.Tasks is null || entry.Name is not null) : [];

    private static Entry? Parse(string line)
    {
        try
        {
            return line.Length == 0 ? null : JsonSerializer.Deserialize<Entry>(line, s_json);
        }
        catch (JsonException)
        {
            return null; // Torn by a crash.
        }
    }

    private sealed record Entry
    {
        public DateTime AtUtc { get; init; }

        public required int Batch { get; init; }

        public string? Name { get; init; }

        public string? Job { get; init; }

        public IReadOnlyList<string>? Tasks { get; init; }
    }
}
