using System.Globalization;
using System.Text;

namespace SAMed.MLNet.Cli.Output;

/// <summary>Text that a terminal shows and does not obey: names of tensors, classes and cases come from files of other people.</summary>
internal static class PlainText
{
    /// <summary><paramref name="text"/> with control characters (C0, DEL, C1) and the marks that reverse the reading direction as <c>\u001b</c>;
    /// line ends and tabs stay.</summary>
    public static string Escape(string text)
    {
        if (!text.Any(IsUnsafe))
        {
            return text;
        }
        var plain = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            // A carriage return within a line would let the rest overwrite it; as part of a Windows line end it is harmless.
            var lineEnd = text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n';
            if (IsUnsafe(text[i]) && !lineEnd)
            {
                plain.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            }
            else
            {
                plain.Append(text[i]);
            }
        }
        return plain.ToString();
    }

    private static bool IsUnsafe(char character) => (char.IsControl(character) && character is not ('\n' or '\t'))
        || character is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
