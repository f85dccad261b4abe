using System.Text.Json;

namespace SAMed.MLNet.Imaging;

/// <summary>The JSON form of a label table; see <see cref="LabelTable.Load"/>.</summary>
internal static class LabelTableJson
{
    /// <summary>The key of a dataset.json under which this program keeps its part.</summary>
    private const string DatasetSection = "samed";

    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>Reads a table.</summary>
    /// <exception cref="LabelTableException">A field is missing, unknown or has a wrong value.</exception>
    public static LabelTable Parse(string text, string path) => Parse(text, path, Choose);

    /// <summary>Reads nnU-Net's labels.</summary>
    /// <exception cref="LabelTableException">There are none, or they are not such as are supported.</exception>
    public static LabelTable ParseNnUNet(string text, string path) => Parse(text, path, (root, from) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("labels", out var labels)
            ? NnUNetLabels.Read(root, labels, from)
            : throw LabelTableException.Malformed(from, "labels", "an object of names and ids", "nothing"));

    private static LabelTable Parse(string text, string path, Func<JsonElement, string, LabelTable> read)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            return read(document.RootElement, path);
        }
        catch (JsonException e)
        {
            throw LabelTableException.Malformed(path, "JSON", "a label table in JSON", e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>Writes a table.</summary>
    public static string Format(LabelTable table)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            json.WriteString("name", table.Name);
            json.WriteStartArray("classes");
            foreach (var (id, name) in table.Classes)
            {
                json.WriteStartObject();
                json.WriteNumber("id", id);
                json.WriteString("name", name);
                WriteIds(json, "from", table, id);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (table.OthersAreBackground)
            {
                json.WriteString("background", "others");
            }
            else
            {
                WriteIds(json, "background", table, 0);
            }
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteIds(Utf8JsonWriter json, string field, LabelTable table, int classId)
    {
        json.WriteStartArray(field);
        foreach (var fileId in table.FileIds.Where(pair => pair.Value == classId && pair.Key != 0).Select(pair => pair.Key).Order())
        {
            json.WriteNumberValue(fileId);
        }
        json.WriteEndArray();
    }

    /// <summary>A file of its own, the part of a dataset.json that is ours, or nnU-Net's part of it.</summary>
    private static LabelTable Choose(JsonElement root, string path)
    {
        if (root.ValueKind == JsonValueKind.Object && !root.TryGetProperty("classes", out _))
        {
            if (root.TryGetProperty(DatasetSection, out var section))
            {
                return section.ValueKind == JsonValueKind.Object
                    ? Read(section, path, DatasetSection + ".")
                    : throw LabelTableException.Malformed(path, DatasetSection, "an object", Short(section));
            }
            if (root.TryGetProperty("labels", out var labels))
            {
                return NnUNetLabels.Read(root, labels, path);
            }
        }
        CheckFields(root, path, "table", "name", "classes", "background");
        return Read(root, path, prefix: "");
    }

    /// <param name="root">The object that holds name, classes and background.</param>
    /// <param name="path">The file, for the error.</param>
    /// <param name="prefix">Where that object stands in the file, for the error.</param>
    private static LabelTable Read(JsonElement root, string path, string prefix)
    {
        var name = ReadText(root, path, "name", prefix + "name");
        if (!root.TryGetProperty("classes", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            throw LabelTableException.Malformed(path, prefix + "classes", "a list of at least one class", Describe(root, "classes"));
        }
        List<(string Name, IReadOnlyList<int> FileIds)> classes = [];
        foreach (var item in list.EnumerateArray())
        {
            var field = $"{prefix}classes[{classes.Count}]";
            CheckFields(item, path, field, "id", "name", "from");
            var id = ReadId(item.TryGetProperty("id", out var number) ? number : default, path, field + ".id");
            if (id != classes.Count + 1)
            {
                throw LabelTableException.Malformed(path, field + ".id", $"{classes.Count + 1} (ids run from 1 without gaps)", $"{id}");
            }
            classes.Add((ReadText(item, path, "name", field + ".name"), item.TryGetProperty("from", out var from) ? ReadIds(from, path, field + ".from") : [id]));
        }
        var others = root.TryGetProperty("background", out var background) && background.ValueKind == JsonValueKind.String && background.ValueEquals("others");
        List<int> ignored = background.ValueKind == JsonValueKind.Undefined || others ? [] : ReadIds(background, path, prefix + "background", lowest: 0);
        return Build(name, classes, ignored, others, path, prefix);
    }

    /// <summary>The table of these parts.</summary>
    /// <exception cref="LabelTableException">There is no class, one has no name, or a file id is out of range or given twice.</exception>
    public static LabelTable Build(
        string name, IReadOnlyList<(string Name, IReadOnlyList<int> FileIds)> classes, IReadOnlyList<int> background, bool othersAreBackground, string path, string prefix)
    {
        if (classes.Count == 0)
        {
            throw LabelTableException.Malformed(path, prefix + "classes", "a list of at least one class", "none");
        }
        Dictionary<int, int> fileIds = [];
        for (var n = 0; n < classes.Count; n++)
        {
            if (string.IsNullOrWhiteSpace(classes[n].Name))
            {
                throw LabelTableException.Malformed(path, $"{prefix}classes[{n}].name", "a text", "nothing");
            }
            AddAll(fileIds, classes[n].FileIds, n + 1, path, $"{prefix}classes[{n}].from");
        }
        AddAll(fileIds, background, 0, path, prefix + "background");
        return new LabelTable(name, [.. classes.Select((entry, n) => new LabelClass(n + 1, entry.Name))], fileIds, othersAreBackground);
    }

    private static void AddAll(Dictionary<int, int> fileIds, IEnumerable<int> sources, int classId, string path, string field)
    {
        foreach (var source in sources)
        {
            if (source < (classId == 0 ? 0 : 1) || source >= ushort.MaxValue)
            {
                throw LabelTableException.Malformed(path, field, $"ids from {(classId == 0 ? 0 : 1)} to {ushort.MaxValue - 1}", $"{source}");
            }
            if (!fileIds.TryAdd(source, classId))
            {
                throw LabelTableException.Malformed(path, field, "every file id once in the table", $"{source} again");
            }
        }
    }

    private static List<int> ReadIds(JsonElement list, string path, string field, int lowest = 1)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw LabelTableException.Malformed(path, field, "a list of ids" + (lowest == 0 ? " or the text \"others\"" : ""), Short(list));
        }
        return [.. list.EnumerateArray().Select((item, n) => ReadId(item, path, $"{field}[{n}]", lowest))];
    }

    private static int ReadId(JsonElement item, string path, string field, int lowest = 1) =>
        item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) && id >= lowest && id < ushort.MaxValue
            ? id
            : throw LabelTableException.Malformed(path, field, $"a whole number from {lowest} to {ushort.MaxValue - 1}", Short(item));

    private static string ReadText(JsonElement parent, string path, string property, string field) =>
        parent.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String && !string.IsNullOrWhiteSpace(value.GetString())
            ? value.GetString()!
            : throw LabelTableException.Malformed(path, field, "a text", Describe(parent, property));

    private static void CheckFields(JsonElement item, string path, string field, params string[] known)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            throw LabelTableException.Malformed(path, field, $"an object with {string.Join(", ", known)}", Short(item));
        }
        foreach (var property in item.EnumerateObject())
        {
            if (!known.Contains(property.Name))
            {
                throw LabelTableException.Malformed(path, field == "table" ? property.Name : $"{field}.{property.Name}", $"only the fields {string.Join(", ", known)}", "an unknown field");
            }
        }
    }

    private static string Describe(JsonElement parent, string property) => parent.TryGetProperty(property, out var value) ? Short(value) : "nothing";

    /// <summary>A value for an error message.</summary>
    public static string Short(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined)
        {
            return "nothing";
        }
        var text = value.GetRawText();
        return text.Length > 60 ? text[..60] + "…" : text;
    }
}
