using System.Text.Json;

namespace SAMed.MLNet.Imaging;

/// <summary>The JSON form of a label table; see <see cref="LabelTable.Load"/>.</summary>
internal static class LabelTableJson
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>Reads a table.</summary>
    /// <exception cref="LabelTableException">A field is missing, unknown or has a wrong value.</exception>
    public static LabelTable Parse(string text, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            return Read(document.RootElement, path);
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

    private static LabelTable Read(JsonElement root, string path)
    {
        CheckFields(root, path, "table", "name", "classes", "background");
        var name = ReadText(root, path, "name", "name");
        if (!root.TryGetProperty("classes", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            throw LabelTableException.Malformed(path, "classes", "a list of at least one class", Describe(root, "classes"));
        }
        var classes = new List<LabelClass>();
        var fileIds = new Dictionary<int, int>();
        foreach (var item in list.EnumerateArray())
        {
            var field = $"classes[{classes.Count}]";
            CheckFields(item, path, field, "id", "name", "from");
            var id = ReadId(item.TryGetProperty("id", out var number) ? number : default, path, field + ".id");
            if (id != classes.Count + 1)
            {
                throw LabelTableException.Malformed(path, field + ".id", $"{classes.Count + 1} (ids run from 1 without gaps)", $"{id}");
            }
            classes.Add(new LabelClass(id, ReadText(item, path, "name", field + ".name")));
            var sources = item.TryGetProperty("from", out var from) ? ReadIds(from, path, field + ".from") : [id];
            AddAll(fileIds, sources, id, path, field + ".from");
        }
        var others = root.TryGetProperty("background", out var background) && background.ValueKind == JsonValueKind.String && background.ValueEquals("others");
        if (background.ValueKind != JsonValueKind.Undefined && !others)
        {
            AddAll(fileIds, ReadIds(background, path, "background"), 0, path, "background");
        }
        return new LabelTable(name, classes, fileIds, others);
    }

    private static void AddAll(Dictionary<int, int> fileIds, IEnumerable<int> sources, int classId, string path, string field)
    {
        foreach (var source in sources)
        {
            if (!fileIds.TryAdd(source, classId))
            {
                throw LabelTableException.Malformed(path, field, "every file id once in the table", $"{source} again");
            }
        }
    }

    private static List<int> ReadIds(JsonElement list, string path, string field)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw LabelTableException.Malformed(path, field, "a list of ids" + (field == "background" ? " or the text \"others\"" : ""), Short(list));
        }
        return [.. list.EnumerateArray().Select((item, n) => ReadId(item, path, $"{field}[{n}]", field == "background" ? 0 : 1))];
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

    private static string Short(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined)
        {
            return "nothing";
        }
        var text = value.GetRawText();
        return text.Length > 60 ? text[..60] + "…" : text;
    }
}
