namespace SAMed.MLNet.Notebooks.Tests.Running;

/// <summary>The part of .NET Interactive's display methods that is called on values.</summary>
public static class NotebookDisplayExtensions
{
    /// <summary>Shows a value, as <see cref="NotebookDisplay.display"/>.</summary>
    public static void Display(this object? value, params string[] mimeTypes) => NotebookDisplay.display(value, mimeTypes);

    /// <summary>Shows content that is in the given MIME type already; binary types as base64.</summary>
    public static void DisplayAs(this string value, string mimeType) => NotebookDisplay.Outputs.Display(mimeType, value);
}
