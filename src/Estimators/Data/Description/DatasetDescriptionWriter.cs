using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Puts a description into a JSON file beside what others keep there.</summary>
internal static class DatasetDescriptionWriter
{
    // Names in other scripts stay readable; the file is no part of a web page.
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text of the description's file with the description in it.</summary>
    public static string Merge(DatasetDescription description, bool overwrite)
    {
        var root = Existing(description.Path);
        if (root.ContainsKey(DatasetDescriptionReader.Section) && !overwrite)
        {
            throw new DatasetDescriptionException(description.Path, DatasetDescriptionReader.Section, "a file without a description of this program",
                "one that has it: edit it, or replace it with --force (overwrite in code)");
        }
        root[DatasetDescriptionReader.Section] = Section(description);
        return root.ToJsonString(Readable) + "\n";
    }

    private static JsonObject Existing(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }
        using var document = DatasetDescriptionReader.Parse(path);
        // Read back from text, because nodes on top of a document die with it.
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? JsonNode.Parse(document.RootElement.GetRawText(), documentOptions: DatasetDescriptionReader.Lenient)!.AsObject()
            : throw new DatasetDescriptionException(path, "JSON", "an object", document.RootElement.ValueKind.ToString());
    }

    private static JsonObject Section(DatasetDescription description)
    {
        var labels = JsonNode.Parse(description.Labels.ToJson())!.AsObject();
        return new()
        {
            ["version"] = DatasetDescriptionReader.Version,
            ["name"] = description.Name,
            ["layout"] = description.Layout,
            ["classes"] = labels["classes"]!.DeepClone(),
            ["background"] = labels["background"]!.DeepClone(),
            ["window"] = description is { WindowMin: { } min, WindowMax: { } max } ? new JsonArray(min, max) : null,
            ["orientation"] = description.Orientation,
            ["channels"] = description.Channels,
            ["split"] = description.Split is { } split ? Split(split) : null,
            ["cases"] = new JsonArray([.. description.Cases.Select(Case)]),
        };
    }

    private static JsonObject Split(DatasetSplit split) => new()
    {
        ["train"] = Names(split.Training),
        ["validation"] = Names(split.Validation),
        ["test"] = Names(split.Test),
    };

    private static JsonArray Names(IReadOnlyList<string> names) => new([.. names.Select(name => (JsonNode)name)]);

    private static JsonNode Case(DatasetCase entry)
    {
        JsonObject item = new() { ["name"] = entry.Name, ["patient"] = entry.Patient, ["image"] = entry.Image, ["label"] = entry.Label };
        if (entry.Slice is { } slice)
        {
            item["slice"] = slice;
        }
        return item;
    }
}
