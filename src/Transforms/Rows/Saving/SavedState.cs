using System.Reflection;
using System.Text.Json;

namespace SAMed.MLNet.Transforms.Rows.Saving;

/// <summary>What a saved transformer was, as the one text that a stock ML.NET model carries for it: a line of JSON that says what follows, and the content.</summary>
/// <param name="Kind">Which transformer.</param>
/// <param name="FormatVersion">Version of the content's layout.</param>
/// <param name="Writer">Version of the library that wrote it.</param>
/// <param name="Content">JSON that the transformer itself understands.</param>
internal sealed record SavedState(string Kind, int FormatVersion, string Writer, string Content)
{
    /// <summary>The layout that this version writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>A state of this version.</summary>
    public static SavedState Of<T>(string kind, T content) => new(kind, CurrentFormat, ThisVersion, JsonSerializer.Serialize(content));

    /// <summary>Version of this library, as a package.</summary>
    public static string ThisVersion =>
        typeof(SavedState).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>As text.</summary>
    public override string ToString() => JsonSerializer.Serialize(new Header(Kind, FormatVersion, Writer)) + "\n" + Content;

    /// <summary>From text.</summary>
    /// <exception cref="SavedModelException">It is no state, or one of a layout that this version does not know.</exception>
    public static SavedState Parse(string text)
    {
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        try
        {
            var header = end < 0 ? null : JsonSerializer.Deserialize<Header>(text.AsSpan(0, end));
            return header switch
            {
                null => throw new SavedModelException("The model holds a part of SAMed.MLNet that is not readable: the file is damaged."),
                { FormatVersion: not CurrentFormat } => throw new SavedModelException(
                    $"The model's {header.Kind} was written by SAMed.MLNet {header.Writer} in format {header.FormatVersion}; this is version {ThisVersion}, which reads format {CurrentFormat}. " +
                    (header.FormatVersion > CurrentFormat ? "Update the package SAMed.MLNet." : $"Load it with version {header.Writer}, or train it again.")),
                _ => new(header.Kind, header.FormatVersion, header.Writer, text[(end + 1)..]),
            };
        }
        catch (JsonException fault)
        {
            throw new SavedModelException($"The model holds a part of SAMed.MLNet that is not readable: {fault.Message}", fault);
        }
    }

    /// <summary>The content as <typeparamref name="T"/>.</summary>
    /// <exception cref="SavedModelException">It is of another kind, or damaged.</exception>
    public T Read<T>(string kind)
    {
        if (Kind != kind)
        {
            throw new SavedModelException($"The model holds a {Kind} where a {kind} was expected: the file is damaged.");
        }
        try
        {
            return JsonSerializer.Deserialize<T>(Content) ?? throw new SavedModelException($"The model's {kind} is empty: the file is damaged.");
        }
        catch (JsonException fault)
        {
            throw new SavedModelException($"The model's {kind} is not readable: {fault.Message}", fault);
        }
    }

    private sealed record Header(string Kind, int FormatVersion, string Writer);
}
