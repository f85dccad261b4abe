namespace SAMed.MLNet.Estimators.Records;

/// <summary>In which files two records differ.</summary>
internal static class FileDifferences
{
    private const int MostListed = 10;

    /// <summary>A line for each file that is gone, new or changed, by path and hash; a record that has none, of rows or of an earlier version, says nothing about them.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<HashedFile>? earlier, IReadOnlyList<HashedFile> files)
    {
        if (earlier is null or { Count: 0 } || files.Count == 0)
        {
            return [];
        }
        var (before, now) = (earlier.ToDictionary(file => file.Path, StringComparer.Ordinal), files.ToDictionary(file => file.Path, StringComparer.Ordinal));
        string[] lines =
        [
            .. before.Keys.Except(now.Keys).Order(StringComparer.Ordinal).Select(path => $"files: {path} is gone"),
            .. now.Keys.Except(before.Keys).Order(StringComparer.Ordinal).Select(path => $"files: {path} is new"),
            .. now.Where(pair => before.TryGetValue(pair.Key, out var old) && old != pair.Value).Select(pair => $"files: {pair.Key} has changed"),
        ];
        return lines.Length <= MostListed ? lines : [.. lines.Take(MostListed), $"files: and {lines.Length - MostListed} more"];
    }
}
