using System.Text.Json;
using System.Text.Json.Nodes;
using SAMed.MLNet.Estimators.Records;

namespace SAMed.MLNet.Estimators.Data.Preparation;

/// <summary><c>prepared.jsonl</c> in the output folder: a line with the options, then a line for each case when all of its files are there. A preparation that was
/// interrupted goes on from it. While it is open no other process prepares into the folder.</summary>
internal sealed class PreparationJournal : IDisposable
{
    public const string FileName = "prepared.jsonl";
    private const string LabelsKey = "labels";
    private readonly PreparedFolder _folder;
    private readonly FileStream _file;
    private readonly object _lock = new();
    private readonly IReadOnlyList<string> _replaced;

    private PreparationJournal(PreparedFolder folder, FileStream file, Dictionary<string, PreparedCase> earlier, IReadOnlyList<string> replaced) =>
        (_folder, _file, Earlier, _replaced) = (folder, file, earlier, replaced);

    /// <summary>The cases that were prepared before, by name.</summary>
    public IReadOnlyDictionary<string, PreparedCase> Earlier { get; }

    /// <summary>Opens the journal of the folder for these options and cases, or begins one. What an earlier preparation wrote stays until <see cref="Finish"/>.</summary>
    /// <exception cref="DataPreparationException">Another process has it, it is of other options or of cases that are no longer there, it has been altered, or the data lie where
    /// files would be written or replaced.</exception>
    public static PreparationJournal Open(DataPreparationOptions options, IReadOnlyList<PreparationCase> cases, PreparedFolder folder)
    {
        string[] sources = [.. cases.SelectMany(item => item.Sources)];
        folder.RefuseUnsafe(sources);
        Directory.CreateDirectory(options.Output);
        var file = Claim(options.Output);
        try
        {
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            var (head, entries, replaced, length) = PreparationJournalText.Parse(bytes, file.Name);
            var now = HeadOf(options);
            if (options.Overwrite && head is not null)
            {
                replaced = [.. entries.Values.SelectMany(entry => entry.Outputs).Select(output => output.Path).Union(replaced)];
                now[PreparationJournalText.ReplacesKey] = new JsonArray([.. replaced.Select(path => (JsonNode)path)]);
                entries.Clear();
                length = 0;
            }
            else if (head is not null)
            {
                RefuseOther(options, head, now, entries.Keys.Except(cases.Select(item => item.Name)));
            }
            folder.RefuseReplaced(sources, replaced);
            // What a killed process was in the middle of writing at the end is cut off.
            file.SetLength(length);
            file.Position = length;
            var journal = new PreparationJournal(folder, file, entries, replaced);
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
    public void Add(PreparedCase prepared) => Append(JsonSerializer.SerializeToNode(prepared, PreparationJournalText.Json)!);

    /// <summary>Removes files that an earlier form of the case left and that it no longer has.</summary>
    public void RemoveStale(PreparedCase now)
    {
        if (Earlier.TryGetValue(now.Case, out var before))
        {
            _folder.Remove(before.Outputs.Select(file => file.Path).Except(now.Outputs.Select(file => file.Path)));
        }
    }

    /// <summary>Every case is done: removes what the preparation that this one replaces has left.</summary>
    public void Finish(IEnumerable<PreparedCase> cases)
    {
        if (_replaced.Count > 0)
        {
            _folder.RemoveReplaced([.. _replaced.Except(cases.SelectMany(item => item.Outputs).Select(file => file.Path))]);
            Append(new JsonObject { [PreparationJournalText.RemovedKey] = true });
        }
    }

    public void Dispose() => _file.Dispose();

    private void Append(JsonNode line)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(line.ToJsonString(PreparationJournalText.Json) + "\n");
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
        [LabelsKey] = options.LabelTable?.ToJson(),
        ["orientation"] = options.Orientation,
        ["size"] = options.Size,
        ["zoomEdge"] = options.Size is null ? null : options.ZoomEdge.ToString(),
        ["testCases"] = new JsonArray([.. options.TestCases.Order(StringComparer.Ordinal).Select(name => (JsonNode)name)]),
        ["format"] = options.Format.ToString(),
        ["compress"] = options.Compress,
    };

    private static void RefuseOther(DataPreparationOptions options, JsonObject earlier, JsonObject now, IEnumerable<string> gone)
    {
        var (before, after) = (Comparable(earlier), Comparable(now));
        List<string> faults = [.. JsonDifferences.Of(before, after)];
        if (!JsonNode.DeepEquals(earlier[LabelsKey], now[LabelsKey]))
        {
            var (was, becomes) = (Describe(earlier[LabelsKey]), Describe(now[LabelsKey]));
            faults.Add($"{LabelsKey}: was {was}, now {(was == becomes ? "one of that name with other ids or names" : becomes)}");
        }
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

    /// <summary>The fields that are told one by one.</summary>
    private static JsonObject Comparable(JsonObject head)
    {
        var fields = head.DeepClone().AsObject();
        fields.Remove(LabelsKey);
        fields.Remove(PreparationJournalText.ReplacesKey);
        return fields;
    }

    /// <summary>A label table by its name: whole it would fill a screen.</summary>
    private static string Describe(JsonNode? labels)
    {
        if (labels is null)
        {
            return "none (ids as they stand)";
        }
        try
        {
            return JsonNode.Parse(labels.GetValue<string>()) is JsonObject table && table["classes"] is JsonArray classes
                ? $"the label table {table["name"]} ({classes.Count} classes)"
                : "another label table";
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return "another label table";
        }
    }
}
