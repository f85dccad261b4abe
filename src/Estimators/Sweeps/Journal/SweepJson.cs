using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>How a sweep's files are written: camelCase names, enumerations as words, numbers that are not finite as null.</summary>
internal static class SweepJson
{
    /// <summary>One record per line; what is null is left out.</summary>
    public static JsonSerializerOptions Line { get; } = Create(indented: false, JsonIgnoreCondition.WhenWritingNull);

    /// <summary>A file of its own; what is null is written.</summary>
    public static JsonSerializerOptions File { get; } = Create(indented: true, JsonIgnoreCondition.Never);

    private static JsonSerializerOptions Create(bool indented, JsonIgnoreCondition ignore) => new()
    {
        WriteIndented = indented,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = ignore,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new UndefinedAsNull(), new ResultConverter() },
    };

    private sealed class UndefinedAsNull : JsonConverter<double>
    {
        public override bool HandleNull => true;

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

    /// <summary>A result with what its trial did in one object, without what lives in memory only.</summary>
    private sealed class ResultConverter : JsonConverter<TrialResult>
    {
        public override TrialResult Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            (JsonSerializer.Deserialize<StoredResult>(ref reader, options) ?? throw new JsonException("The result of a trial is a JSON object.")).ToResult();

        public override void Write(Utf8JsonWriter writer, TrialResult value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, StoredResult.Of(value), options);
    }
}
