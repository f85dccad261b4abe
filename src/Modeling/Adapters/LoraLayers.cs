using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace SAMed.MLNet.Modeling.Adapters;

/// <summary>Encoder blocks as options and search spaces write them: <c>6-11</c>, <c>0,2,4</c>, <c>0,4-6</c>.</summary>
public static class LoraLayers
{
    /// <summary>The blocks that <paramref name="text"/> names, in ascending order, each once.</summary>
    /// <param name="text">Numbers and ranges, separated by commas.</param>
    /// <param name="depth">Number of blocks of the encoder.</param>
    /// <param name="layers">The blocks, 0 to <paramref name="depth"/> − 1.</param>
    /// <returns>False when the text is no such list, or names a block that the encoder does not have.</returns>
    public static bool TryParse(string text, int depth, [NotNullWhen(true)] out IReadOnlyList<int>? layers)
    {
        ArgumentNullException.ThrowIfNull(text);
        SortedSet<int> named = [];
        layers = null;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || Number(ends[0]) is not { } first || Number(ends[^1]) is not { } last || last < first || last >= depth)
            {
                return false;
            }
            named.UnionWith(Enumerable.Range(first, last - first + 1));
        }
        layers = [.. named];
        return true;
    }

    private static int? Number(string word) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var layer) ? layer : null;
}
