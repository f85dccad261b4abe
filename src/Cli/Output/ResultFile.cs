using System.Text.Encodings.Web;
using System.Text.Json;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Cli.Output;

/// <summary>Result files, written whole or not at all. JSON is indented, with camelCase names and null for undefined values.</summary>
internal static class ResultFile
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes <paramref name="result"/> unless <paramref name="path"/> is null.</summary>
    public static void WriteJson<T>(string? path, T result)
    {
        if (path is not null)
        {
            WriteText(path, JsonSerializer.Serialize(result, Options) + "\n");
        }
    }

    /// <summary>Writes text that is ready, unless <paramref name="path"/> is null.</summary>
    /// <exception cref="CommandFailedException">The file cannot be written.</exception>
    public static void WriteText(string? path, string text)
    {
        if (path is null)
        {
            return;
        }
        try
        {
            AtomicFile.WriteText(path, text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The result cannot be written to '{path}': {exception.Message}", exception);
        }
    }
}
