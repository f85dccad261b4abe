using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>A point as a JSON object, and single values of one.</summary>
internal sealed class ParameterJson : JsonConverter<Parameter>
{
    public override Parameter Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? new([.. document.RootElement.EnumerateObject().Select(property => KeyValuePair.Create(property.Name, Value(property.Name, property.Value)))])
            : throw new JsonException("A point of a search space is a JSON object.");
    }

    public override void Write(Utf8JsonWriter writer, Parameter value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, entry) in value)
        {
            writer.WritePropertyName(name);
            WriteValue(writer, entry);
        }
        writer.WriteEndObject();
    }

    /// <summary>Writes a value so that it is read back as what it was: 1.0 and not 1 for a <see cref="double"/>.</summary>
    internal static void WriteValue(Utf8JsonWriter writer, object value)
    {
        if (value is double number && double.IsInteger(number) && Math.Abs(number) < 1e15)
        {
            writer.WriteRawValue(number.ToString("F1", CultureInfo.InvariantCulture));
            return;
        }
        JsonSerializer.Serialize(writer, value, value.GetType());
    }

    /// <summary>Reads a value of <paramref name="name"/>.</summary>
    internal static object Value(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetInt64(out var whole) ? (object)whole : value.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String => value.GetString()!,
        _ => throw new JsonException($"The parameter '{name}' must be a number, true, false or text."),
    };
}
