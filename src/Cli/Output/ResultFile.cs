using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Cli.Output;

/// <summary>Result files of text, written whole or not at all.</summary>
internal static class ResultFile
{
    /// <summary>Writes <paramref name="text"/> to <paramref name="path"/>; folders are made.</summary>
    /// <exception cref="CommandFailedException">The file cannot be written.</exception>
    public static void WriteText(string path, string text)
    {
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
