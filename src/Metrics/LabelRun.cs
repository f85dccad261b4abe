namespace SAMed.MLNet.Metrics;

/// <summary>Runs of equal labels.</summary>
internal static class LabelRun
{
    /// <summary>How many labels at the beginning are equal, at least 1 of a row that is not empty. Runs of a few are common where labels are noise, and searching for their end in
    /// vectors costs more than they do.</summary>
    public static int Length(ReadOnlySpan<ushort> row)
    {
        if (row.Length < 2 || row[1] != row[0])
        {
            return 1;
        }
        var end = row.IndexOfAnyExcept(row[0]);
        return end < 0 ? row.Length : end;
    }
}
