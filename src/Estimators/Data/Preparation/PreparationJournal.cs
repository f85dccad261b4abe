using System.Text.Json;
using System.Text.Json.Nodes;
using SAMed.MLNet.Estimators.Records;

namespace SAMed.MLNet.Estimators.Data.Preparation;

/// <summary><c>prepared.jsonl</c> in the output folder: a line with the options, then a line for each case when all of its files are there. A preparation that was
/// interrupted goes on from it. While it is open no other process prepares into the folder.</summary>
internal sealed class PreparationJournal : IDisposable
{
    public const string FileName = "prepared.jsonl";
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
    private readonly string _folder;
    private readonly FileStream _file;
    private readonly object _lock = new();

    private PreparationJournal(string folder, FileStream file, Dictionary<string, PreparedCase> earlier) => (_folder, _file, Earlier) = (folder, file, earlier);

    /// <summary>The cases that were prepared before, by name.</summary>
    public IReadOnlyDictionary<string, PreparedCase> Earlier { get; }

    /// <summary>Opens the journal of the folder for these options and cases, or begins one.</summary>
    /// <exception cref="DataPreparationException">Another process has it, or it is of other options or of cases that are no longer there.</exception>
    public static PreparationJournal Open(DataPreparationOptions options, IReadOnlyList<PreparationCase> cases)
    {
        Directory.CreateDirectory(options.Output);
        var file = Claim(options.Output);
        try
        {
            var (head, entries, length) = Read(file);
            var now = HeadOf(options);
            if (options.Overwrite)
            {
                (entries.Values.SelectMany(entry => entry.Outputs).Select(output => Path.Combine(options.Output, output.Path)).ToList()).ForEach(File.Delete);
                entries.Clear();
                length = 0;
            }
            else if (head is not null)
            {
                RefuseOther(options, head, now, entries.Keys.Except(cases.Select(item => item.Name)));
            }
            // What a killed process was in the middle of writing at the end is cut off.
            file.SetLength(length);
            file.Position = length;
            var journal = new PreparationJournal(options.Output, file, entries);
            if (length == 0)
            {
                journal.Append(now);
            }
            return journal;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Notes that a case is done. Safe on any thread.</summary>
    public void Add(PreparedCase prepared) => Append(JsonSerializer.SerializeToNode(prepared, s_json)!);

    /// <summary>Removes files that an earlier form of the case left and that it no longer has.</summary>
    public void RemoveStale(PreparedCase now)
    {
        if (Earlier.TryGetValue(now.Case, out var before))
        {
            foreach (var path in before.Outputs.Select(file => file.Path).Except(now.Outputs.Select(file => file.Path)))
            {
                File.Delete(Path.Combine(_folder, path));
            }
        }
    }

    public void Dispose() => _file.Dispose();

    private void Append(JsonNode line)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(line.ToJsonString(s_json) + "\n");
        lock (_lock)
        {
            _file.Write(bytes);
            _file.Flush(flushToDisk: true);
        }
    }

    private static FileStream Claim(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault) when (File.Exists(path))
        {
            throw new DataPreparationException(folder, ["another process is preparing data into this folder. Wait for it, or give another output folder."], fault);
        }
    }

    /// <summary>Everything that decides what is written. The place of the data and the number of workers do not.</summary>
    private static JsonObject HeadOf(DataPreparationOptions options) => new()
    {
        ["preparation"] = 1,
        ["window"] = options.WindowMin is { } low ? new JsonArray(low, options.WindowMax!.Value) : null,
        ["windowArrays"] = options.WindowArrays,
        ["labels"] = options.LabelTable?.ToJson(),
        ["orientation"] = options.Orientation,
        ["size"] = options.Size,
        ["zoomEdge"] = options.Size is null ? null : options.ZoomEdge.ToString(),
        ["testCases"] = new JsonArray([.. options.TestCases.Order(StringComparer.Ordinal).Select(name => (JsonNode)name)]),
        ["format"] = options.Format.ToString(),
        ["compress"] = options.Compress,
    };

    private static void RefuseOther(DataPreparationOptions options, JsonNode earlier, JsonObject now, IEnumerable<string> gone)
    {
        List<string> faults = [.. JsonDifferences.Of(earlier, now)];
        if (gone.Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } names)
        {
            faults.Add($"cases that are not in the data: {string.Join(", ", names)}");
        }
        if (faults.Count > 0)
        {
            throw new DataPreparationException(options.Output,
                ["holds data that were prepared otherwise. Give another output folder, or replace them (--overwrite; Overwrite in the options):", .. faults]);
        }
    }

    /// <summary>The first line, the cases, and the length of what can be understood.</summary>
    private static (JsonNode? Head, Dictionary<string, PreparedCase> Entries, long Length) Read(FileStream file)
    {
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        Dictionary<string, PreparedCase> entries = new(StringComparer.Ordinal);
        JsonNode? head = null;
        var start = 0;
        for (int end; (end = Array.IndexOf(bytes, (byte)'\n', start)) >= 0; start = end + 1)
        {
            try
            {
                var line = bytes.AsSpan(start, end - start);
                if (head is null)
                {
                    head = JsonNode.Parse(line);
                }
                else if (JsonSerializer.Deserialize<PreparedCase>(line, s_json) is { } entry)
                {
                    entries[entry.Case] = entry;
                }
            }
            catch (JsonException)
            {
                break; // From here on nothing is known: those cases are prepared again.
            }
        }
        return (head, entries, start);
    }
}
