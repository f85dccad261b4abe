using System.Text.Json;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Metadata as a JSON object. Values that are JSON objects or arrays themselves are written as such, not as text inside text.</summary>
internal static class MetadataJson
{
    /// <summary>The metadata of a JSON object in UTF-8.</summary>
    public static Dictionary<string, string> Parse(string path, ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new CheckpointFormatException(path, "metadata", "a JSON object", document.RootElement.ValueKind.ToString());
            }
            var metadata = new Dictionary<string, string>();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                metadata[property.Name] = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : property.Value.GetRawText();
            }
            return metadata;
        }
        catch (JsonException fault)
        {
            throw new CheckpointFormatException(path, "metadata", "a JSON object", "text that is no JSON", fault);
        }
    }

    /// <summary>The JSON object of <paramref name="metadata"/> in UTF-8.</summary>
    public static byte[] Write(IReadOnlyDictionary<string, string> metadata)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in metadata)
            {
                writer.WritePropertyName(key);
                if (IsNested(value))
                {
                    writer.WriteRawValue(value);
                }
                else
                {
                    writer.WriteStringValue(value);
                }
            }
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static bool IsNested(string value)
    {
        if (value is not ['{', ..] and not ['[', ..])
        {
            return false;
        }
        try
        {
            using var document = JsonDocument.Parse(value);
            return true;
        }
        catch (JsonException)
        {
            return false; // Text that only starts like JSON stays text.
        }
    }
}
