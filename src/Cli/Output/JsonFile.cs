using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SAMed.MLNet.Cli.Output;

/// <summary>Results as JSON: indented, camelCase names, enumerations as words, undefined values null.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new UndefinedAsNull() },
    };

    /// <summary>Writes <paramref name="result"/> unless <paramref name="path"/> is null.</summary>
    /// <exception cref="Hosting.CommandFailedException">The file cannot be written.</exception>
    public static void Write<T>(string? path, T result)
    {
        if (path is not null)
        {
            ResultFile.WriteText(path, JsonSerializer.Serialize(result, s_options) + "\n");
        }
    }

    // JSON has no NaN or infinity.
    private sealed class UndefinedAsNull : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
            {
                writer.WriteNumberValue(value);
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }
}
