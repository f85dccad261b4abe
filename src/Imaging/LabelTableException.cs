using System.Globalization;

namespace SAMed.MLNet.Imaging;

/// <summary>Labels and a label table that do not go together, or a table file that cannot be understood.</summary>
public sealed class LabelTableException : Exception
{
    private LabelTableException(string message, string path, string field, Exception? inner)
        : base(message, inner) => (FilePath, Field) = (path, field);

    /// <summary>The label file, or the table file.</summary>
    public string FilePath { get; }

    /// <summary>What is wrong in it: "labels", or a field of the table file.</summary>
    public string Field { get; }

    /// <summary>Ids in the label file that the table does not know, with their number of voxels; empty when the table itself is wrong.</summary>
    public IReadOnlyDictionary<int, int> UnknownIds { get; private init; } = new Dictionary<int, int>();

    internal static LabelTableException Unknown(string path, IReadOnlyDictionary<int, int> ids, LabelTable table, string advice)
    {
        const int shown = 12;
        var list = string.Join(", ", ids.Take(shown).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} ({pair.Value} voxels)")));
        var more = ids.Count > shown ? string.Create(CultureInfo.InvariantCulture, $" and {ids.Count - shown} more") : "";
        return new LabelTableException($"{path}: labels outside the table '{table.Name}', which knows {table.DescribeKnownIds()}: {list}{more}. {advice}", path, "labels", null) { UnknownIds = ids };
    }

    internal static LabelTableException Malformed(string path, string field, string expected, string got, Exception? inner = null) =>
        new($"{path}: {field}: expected {expected}, got {got}.", path, field, inner);
}
