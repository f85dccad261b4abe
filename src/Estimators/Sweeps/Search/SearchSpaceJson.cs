using System.Text.Json;
using System.Text.Json.Serialization;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>A space as an array of dimensions. Unknown fields are errors.</summary>
internal sealed class SearchSpaceJson : JsonConverter<SearchSpace>
{
    public override SearchSpace Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return document.RootElement.ValueKind == JsonValueKind.Array
            ? new([.. document.RootElement.EnumerateArray().Select(Dimension)])
            : throw new JsonException("A search space is a JSON array with an object per dimension.");
    }

    public override void Write(Utf8JsonWriter writer, SearchSpace value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var dimension in value.Dimensions)
        {
            writer.WriteStartObject();
            writer.WriteString("name", dimension.Name);
            Write(writer, dimension);
            if (dimension.Initial is { } initial)
            {
                writer.WritePropertyName("initial");
                ParameterJson.WriteValue(writer, initial);
            }
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, Dimension dimension)
    {
        if (dimension is ChoiceDimension choice)
        {
            writer.WriteStartArray("values");
            foreach (var value in choice.Values)
            {
                ParameterJson.WriteValue(writer, value);
            }
            writer.WriteEndArray();
            return;
        }
        var range = (RangeDimension)dimension;
        writer.WriteNumber("min", range.Min);
        writer.WriteNumber("max", range.Max);
        if (range.Log)
        {
            writer.WriteBoolean("log", true);
        }
        if (range.Whole)
        {
            writer.WriteBoolean("whole", true);
        }
    }

    private static Dimension Dimension(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException($"A dimension of a search space is a JSON object, got {element.ValueKind}.");
        }
        var fields = element.EnumerateObject().ToDictionary(field => field.Name, field => field.Value);
        var name = fields.TryGetValue("name", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : throw new JsonException("A dimension of a search space has no \"name\".");
        var isChoice = fields.ContainsKey("values");
        string[] known = isChoice ? ["name", "values", "initial"] : ["name", "min", "max", "log", "whole", "initial"];
        if (fields.Keys.FirstOrDefault(field => !known.Contains(field)) is { } unknown)
        {
            throw new JsonException($"The dimension '{name}' has the unknown field \"{unknown}\"; possible are {string.Join(", ", known)}.");
        }
        return isChoice
            ? new ChoiceDimension(name, Values(name, fields["values"]), fields.TryGetValue("initial", out var first) ? ParameterJson.Value(name, first) : null)
            : new RangeDimension(name, Number(name, "min", fields), Number(name, "max", fields), Flag(name, "log", fields), Flag(name, "whole", fields),
                fields.ContainsKey("initial") ? Number(name, "initial", fields) : null);
    }

    private static IEnumerable<object> Values(string name, JsonElement values) => values.ValueKind == JsonValueKind.Array
        ? [.. values.EnumerateArray().Select(value => ParameterJson.Value(name, value))]
        : throw new JsonException($"The field \"values\" of the dimension '{name}' must be an array, got {values.ValueKind}.");

    private static double Number(string name, string field, Dictionary<string, JsonElement> fields) => fields.TryGetValue(field, out var value) && value.ValueKind == JsonValueKind.Number
        ? value.GetDouble()
        : throw new JsonException($"The dimension '{name}' needs a number \"{field}\", or a list of \"values\".");

    private static bool Flag(string name, string field, Dictionary<string, JsonElement> fields) => fields.TryGetValue(field, out var value) && (value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? value.GetBoolean()
        : throw new JsonException($"The field \"{field}\" of the dimension '{name}' must be true or false, got {value.ValueKind}."));
}
