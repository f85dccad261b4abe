using System.Globalization;

namespace SAMed.MLNet.Notebooks.Tests.Running;

/// <summary>What .NET Interactive offers to cells and the notebooks use, under the same names and with the same meaning, so that one text runs in both.</summary>
public static class NotebookDisplay
{
    private static readonly AsyncLocal<CellOutputs?> Current = new();

    /// <summary>Shows a value: HTML as such, anything else as text.</summary>
    public static void display(object? value, params string[] mimeTypes)
    {
        ArgumentNullException.ThrowIfNull(mimeTypes);
        var (mimeType, content) = Format(value);
        Outputs.Display(mimeTypes.FirstOrDefault() ?? mimeType, content);
    }

    /// <summary>Marks text as HTML.</summary>
    public static HtmlText HTML(string content) => new(content);

    /// <summary>Where the running cell's output goes.</summary>
    internal static CellOutputs Outputs
    {
        get => Current.Value ?? throw new InvalidOperationException("No cell is running.");
        set => Current.Value = value;
    }

    internal static (string MimeType, string Content) Format(object? value) => value switch
    {
        null => ("text/plain", "<null>"),
        HtmlText html => ("text/html", html.Content),
        IFormattable formattable => ("text/plain", formattable.ToString(null, CultureInfo.InvariantCulture)),
        _ => ("text/plain", value.ToString() ?? ""),
    };
}

/// <summary>Text that is HTML.</summary>
public sealed record HtmlText(string Content);
