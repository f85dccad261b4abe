using System.Text.Json;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>The fields of a JSON object, read with errors that say where they stand.</summary>
internal sealed class JsonFields
{
    private readonly string _path;
    private readonly string _place;
    private readonly JsonElement _item;

    public JsonFields(string path, string place, JsonElement item)
    {
        (_path, _place, _item) = (path, place, item);
        if (item.ValueKind != JsonValueKind.Object)
        {
            throw new DatasetDescriptionException(path, place, "an object", Describe(item));
        }
    }

    /// <summary>Refuses what would be overlooked otherwise: a field that is spelt wrong.</summary>
    public void AllowOnly(params string[] fields)
    {
        foreach (var property in _item.EnumerateObject())
        {
            if (!fields.Contains(property.Name))
            {
                throw Fault(property.Name, $"only the fields {string.Join(", ", fields)}", "an unknown field");
            }
        }
    }

    /// <summary>Whether a field is there and not null.</summary>
    public bool Has(string field) => _item.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null;

    public JsonFields Object(string field) => new(_path, Place(field), Value(field));

    public IEnumerable<JsonFields> Items(string field) => Array(field, "a list").Select((item, n) => new JsonFields(_path, $"{Place(field)}[{n}]", item));

    public string Text(string field) => AsText(Value(field)) ?? throw Fault(field, "a text", Short(field));

    public string[] Texts(string field) => !Has(field) ? []
        : [.. Array(field, "a list of names").Select((item, n) => AsText(item) ?? throw new DatasetDescriptionException(_path, $"{Place(field)}[{n}]", "a text", Describe(item)))];

    public double[] Numbers(string field) =>
        [.. Array(field, "a list of numbers").Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetDouble(out var number) && float.IsFinite((float)number)
            ? number : throw Fault(field, "numbers", Describe(item)))];

    public int Integer(string field) => Value(field) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) && number >= 0
        ? number : throw Fault(field, "a whole number of 0 or more", Short(field));

    public string OneOf(string field, IReadOnlyList<string> words) => words.Contains(Text(field)) ? Text(field) : throw Fault(field, $"one of {string.Join(", ", words)}", Short(field));

    public DatasetDescriptionException Fault(string field, string expected, string got) => new(_path, Place(field), expected, got);

    public string Short(string field) => Describe(Value(field));

    private static string? AsText(JsonElement value) => value.ValueKind == JsonValueKind.String && !string.IsNullOrWhiteSpace(value.GetString()) ? value.GetString() : null;

    private static string Describe(JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.Undefined ? "nothing" : value.GetRawText();
        return text.Length > 60 ? text[..60] + "…" : text;
    }

    private string Place(string field) => $"{_place}.{field}";

    private JsonElement Value(string field) => _item.TryGetProperty(field, out var value) ? value : default;

    private JsonElement[] Array(string field, string expected) => Value(field) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : throw Fault(field, expected, Short(field));
}
