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
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
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
}
