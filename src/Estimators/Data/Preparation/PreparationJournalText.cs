using System.Text.Json;
using System.Text.Json.Nodes;

namespace SAMed.MLNet.Estimators.Data.Preparation;

/// <summary>What <c>prepared.jsonl</c> says. Files are removed by it, so nothing in it is taken that a preparation would not have written.</summary>
/// <param name="Head">The options of the preparation; null when nothing has been written.</param>
/// <param name="Entries">The cases that are done, by name.</param>
/// <param name="Replaced">Files of the preparation before, relative to the folder, which go when every case is done.</param>
/// <param name="Length">Bytes that can be understood; after them stands what a killed process was in the middle of writing.</param>
internal sealed record PreparationJournalText(JsonObject? Head, Dictionary<string, PreparedCase> Entries, IReadOnlyList<string> Replaced, long Length)
{
    /// <summary>The key of the first line for <see cref="Replaced"/>.</summary>
    public const string ReplacesKey = "replaces";

    /// <summary>The key of the line that says that they have gone.</summary>
    public const string RemovedKey = "removed";

    public static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private static readonly string[] TrainingFolders = ["train_npz", "train_vol_h5"];

    /// <summary>Reads the lines of the journal at <paramref name="path"/>.</summary>
    /// <exception cref="DataPreparationException">A line is none of a preparation's.</exception>
    public static PreparationJournalText Parse(byte[] bytes, string path)
    {
        Dictionary<string, PreparedCase> entries = new(StringComparer.Ordinal);
        JsonObject? head = null;
        string[] replaced = [];
        var (start, number) = (0, 1);
        for (int end; (end = Array.IndexOf(bytes, (byte)'\n', start)) >= 0; (start, number) = (end + 1, number + 1))
        {
            var line = Line(bytes.AsSpan(start, end - start), path, number);
            if (head is null)
            {
                (head, replaced) = (Headed(line, path), Strings(line[ReplacesKey], path));
            }
            else if (line.ContainsKey(RemovedKey))
            {
                replaced = [];
            }
            else
            {
                var entry = Entry(line, path, number);
                entries[entry.Case] = entry;
            }
        }
        return new(head, entries, replaced, start);
    }

    private static JsonObject Line(ReadOnlySpan<byte> line, string path, int number)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject ?? throw Malformed(path, number, "is no JSON object");
        }
        catch (JsonException fault)
        {
            throw Malformed(path, number, "is no JSON object", fault);
        }
    }

    private static JsonObject Headed(JsonObject head, string path) => head["preparation"] is JsonValue value && value.TryGetValue<int>(out var version) && version == 1
        ? head
        : throw Malformed(path, 1, $"begins no preparation: expected \"preparation\": 1, got {head["preparation"]?.ToJsonString() ?? "nothing"}");

    private static string[] Strings(JsonNode? replaced, string path)
    {
        if (replaced is null)
        {
            return [];
        }
        List<string> names = [];
        foreach (var item in replaced as JsonArray ?? throw Malformed(path, 1, $"has no list under \"{ReplacesKey}\""))
        {
            names.Add(item is JsonValue value && value.TryGetValue<string>(out var name) && IsWritten(name)
                ? name
                : throw Malformed(path, 1, $"names a file under \"{ReplacesKey}\" that no preparation writes: {item?.ToJsonString() ?? "null"}"));
        }
        return [.. names];
    }

    private static PreparedCase Entry(JsonObject line, string path, int number)
    {
        PreparedCase? entry;
        try
        {
            entry = line.Deserialize<PreparedCase>(Json);
        }
        catch (JsonException fault)
        {
            throw Malformed(path, number, $"is no prepared case ({fault.Path})", fault);
        }
        if (entry is not { Case.Length: > 0, Sources: not null, Outputs: not null } || entry.Sources.Concat(entry.Outputs).Any(file => file is not { Path.Length: > 0, Sha256: not null }))
        {
            throw Malformed(path, number, "is no prepared case: expected its name (\"case\"), \"sources\" and \"outputs\"");
        }
        return entry.Outputs.FirstOrDefault(file => !IsWritten(file.Path)) is { } foreign
            ? throw Malformed(path, number, $"names a file that no preparation writes: expected one such as train_npz/{entry.Case}_slice000.npz, got {foreign.Path}")
            : entry;
    }

    /// <summary>Whether it is a file directly in a folder of training slices, training volumes or test volumes.</summary>
    private static bool IsWritten(string path) => path.Split('/', '\\') is [var folder, var name] && VolumeEnding(name)
        && (folder == CaseWriter.TestFolder || Array.Exists(TrainingFolders, start => folder == start || IsSized(folder, start)));

    private static bool VolumeEnding(string name) => name.EndsWith(".npz", StringComparison.Ordinal) || name.EndsWith(".npy.h5", StringComparison.Ordinal);

    private static bool IsSized(string folder, string start) =>
        folder.StartsWith(start + "_", StringComparison.Ordinal) && folder.Length > start.Length + 1 && folder[(start.Length + 1)..].All(char.IsAsciiDigit);

    private static DataPreparationException Malformed(string path, int number, string what, Exception? inner = null) => new(path,
        [$"line {number} {what}. The file has been altered, and files are kept and replaced by it. Give another output folder, or remove this file and the folders train_* and test_vol_h5 beside it and prepare again."],
        inner);
}
