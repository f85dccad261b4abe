using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>Which slices each case has, from a pass over names and numbers alone: nothing is decoded or predicted for it.</summary>
internal sealed class CaseIndex
{
    private const int MostListed = 20;

    private readonly SortedDictionary<string, (int First, int Count)> _cases = new(StringComparer.Ordinal);

    /// <summary>The names, in the order of their characters, whatever the order of the rows.</summary>
    public IReadOnlyCollection<string> Cases => _cases.Keys;

    /// <summary>The first slice's number and the number of slices; null for a name that was not there.</summary>
    public (int First, int Count)? Find(string name) => _cases.TryGetValue(name, out var slices) ? slices : null;

    /// <summary>Reads the two columns.</summary>
    /// <exception cref="InvalidOperationException">There is no row, a row without a name, a slice that is there twice, or a gap between slices: lists them.</exception>
    public static CaseIndex Of(IDataView data, DataViewSchema.Column caseColumn, DataViewSchema.Column sliceColumn, CancellationToken cancellation)
    {
        Dictionary<string, List<int>> slices = [];
        using (var cursor = data.GetRowCursor([caseColumn, sliceColumn]))
        {
            var (readCase, readSlice) = (cursor.GetGetter<ReadOnlyMemory<char>>(caseColumn), cursor.GetGetter<int>(sliceColumn));
            ReadOnlyMemory<char> name = default;
            var slice = 0;
            while (cursor.MoveNext())
            {
                cancellation.ThrowIfCancellationRequested();
                readCase(ref name);
                readSlice(ref slice);
                if (name.IsEmpty)
                {
                    throw new InvalidOperationException($"Row {cursor.Position} has no name in the column '{caseColumn.Name}', so that its slice belongs to no case.");
                }
                var key = name.ToString();
                if (!slices.TryGetValue(key, out var numbers))
                {
                    slices[key] = numbers = [];
                }
                numbers.Add(slice);
            }
        }
        return slices.Count > 0
            ? new(slices)
            : throw new InvalidOperationException("The data view has no rows: there is nothing to evaluate. Check the split, and filters on the way.");
    }

    private CaseIndex(Dictionary<string, List<int>> slices)
    {
        List<string> faults = [];
        foreach (var (name, numbers) in slices.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            numbers.Sort();
            faults.AddRange(FaultsOf(name, numbers));
            _cases[name] = (numbers[0], numbers.Count);
        }
        if (faults.Count > 0)
        {
            throw new InvalidOperationException(
                $"Volumes cannot be put together from these slices: {string.Join("; ", faults.Take(MostListed))}{(faults.Count > MostListed ? $"; and {faults.Count - MostListed} more" : "")}. " +
                "Every case needs each of its slices once: evaluate whole cases, not a filtered or sampled part of their rows.");
        }
    }

    private static IEnumerable<string> FaultsOf(string name, List<int> ascending)
    {
        var twice = ascending.GroupBy(number => number).Where(group => group.Count() > 1).Select(group => group.Key).ToArray();
        if (twice.Length > 0)
        {
            yield return $"case '{name}' has slice {List(twice)} more than once";
        }
        var gaps = ascending.Zip(ascending.Skip(1)).Where(pair => (long)pair.Second - pair.First > 1)
            .Select(pair => (long)pair.Second - pair.First == 2 ? $"{pair.First + 1}" : $"{pair.First + 1}..{pair.Second - 1}").ToArray();
        if (gaps.Length > 0)
        {
            yield return $"case '{name}' lacks slice {List(gaps)} between {ascending[0]} and {ascending[^1]}";
        }
    }

    private static string List<T>(T[] items) => string.Join(", ", items.Take(MostListed)) + (items.Length > MostListed ? ", …" : "");
}
