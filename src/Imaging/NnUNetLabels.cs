using System.Globalization;
using System.Text.Json;

namespace SAMed.MLNet.Imaging;

/// <summary>The classes that nnU-Net's dataset.json names: <c>"labels": { "background": 0, "liver": 1 }</c>, or in its first version <c>{ "0": "background", "1": "liver" }</c>.</summary>
internal static class NnUNetLabels
{
    /// <summary>The classes in the order of their ids; each id of a file is a class of its own.</summary>
    /// <param name="root">The file.</param>
    /// <param name="labels">Its "labels".</param>
    /// <param name="path">Its path, for the error.</param>
    /// <exception cref="LabelTableException">An entry is no name with one id, overlapping regions or an ignore label among them, or there is no class.</exception>
    public static LabelTable Read(JsonElement root, JsonElement labels, string path)
    {
        if (labels.ValueKind != JsonValueKind.Object)
        {
            throw LabelTableException.Malformed(path, "labels", "an object of names and ids", LabelTableJson.Short(labels));
        }
        SortedDictionary<int, string> names = [];
        foreach (var entry in labels.EnumerateObject())
        {
            var (name, id) = Entry(entry, path);
            if (!names.TryAdd(id, name))
            {
                throw LabelTableException.Malformed(path, $"labels.{entry.Name}", "an id of its own", $"{id} again");
            }
        }
        var dataset = root.TryGetProperty("name", out var text) && text.ValueKind == JsonValueKind.String && !string.IsNullOrWhiteSpace(text.GetString()) ? text.GetString()! : "nnU-Net";
        return LabelTableJson.Build(dataset, [.. names.Where(pair => pair.Key != 0).Select(pair => (pair.Value, (IReadOnlyList<int>)[pair.Key]))], [], othersAreBackground: false, path, "labels: ");
    }

    private static (string Name, int Id) Entry(JsonProperty entry, string path)
    {
        var value = entry.Value;
        if (value.ValueKind == JsonValueKind.String && int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var key))
        {
            return (value.GetString()!, key);
        }
        if (value.ValueKind == JsonValueKind.Array)
        {
            throw LabelTableException.Malformed(path, $"labels.{entry.Name}", "one id for a class",
                $"the region {LabelTableJson.Short(value)}: regions that overlap are not supported; say in a table of your own (--labels FILE.json) which ids are which class");
        }
        if (entry.Name == "ignore")
        {
            throw LabelTableException.Malformed(path, "labels.ignore", "classes only",
                "an ignore label: voxels cannot be left out of training; say in a table of your own (--labels FILE.json) what its id counts as");
        }
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var id)
            ? (entry.Name, id)
            : throw LabelTableException.Malformed(path, $"labels.{entry.Name}", "an id", LabelTableJson.Short(value));
    }
}
