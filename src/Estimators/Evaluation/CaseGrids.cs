using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>Sizes and spacings of slices, from a pass over these numbers alone, so that volumes which cannot be measured are known before a model is trained.</summary>
internal static class CaseGrids
{
    private const int MostListed = 20;

    /// <summary>Checks what the data have of the columns that an evaluation will read; columns that a pipeline has yet to make are not looked at.</summary>
    /// <exception cref="InvalidOperationException">A size or spacing makes no sense, or differs within a case: lists the first fault of each case.</exception>
    public static void Check(IDataView data, EvaluationColumns names, bool withSize, bool withSpacing, CancellationToken cancellation)
    {
        var sizes = withSize ? Find(data.Schema, NumberDataViewType.Int32, names.Height, names.Width) : [];
        var spacings = withSpacing ? Find(data.Schema, NumberDataViewType.Single, names.SpacingX, names.SpacingY, names.SpacingZ) : [];
        if (sizes.Length + spacings.Length == 0)
        {
            return;
        }
        var (caseColumn, sliceColumn) = (data.Schema[names.Case], data.Schema[names.Slice]);
        Dictionary<string, Grid> firsts = [];
        SortedDictionary<string, string> faults = new(StringComparer.Ordinal);
        using var cursor = data.GetRowCursor([caseColumn, sliceColumn, .. sizes, .. spacings]);
        var (readCase, readSlice) = (cursor.GetGetter<ReadOnlyMemory<char>>(caseColumn), cursor.GetGetter<int>(sliceColumn));
        ValueGetter<int>[] readSizes = [.. sizes.Select(column => cursor.GetGetter<int>(column))];
        ValueGetter<float>[] readSpacings = [.. spacings.Select(column => cursor.GetGetter<float>(column))];
        while (cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            var name = readCase.Read().ToString();
            var grid = new Grid(readSlice.Read(), [.. readSizes.Select(getter => getter.Read())], [.. readSpacings.Select(getter => getter.Read())]);
            if (FaultOf(grid, firsts.TryAdd(name, grid) ? grid : firsts[name]) is { } fault)
            {
                faults.TryAdd(name, $"case '{name}', {fault}");
            }
        }
        if (faults.Count > 0)
        {
            throw new InvalidOperationException(
                $"Volumes cannot be measured from these slices: {string.Join("; ", faults.Values.Take(MostListed))}{(faults.Count > MostListed ? $"; and {faults.Count - MostListed} more" : "")}. " +
                $"Slices of one volume have one size and one positive spacing. Mend the columns {string.Join(", ", sizes.Concat(spacings).Select(column => $"'{column.Name}'"))} of the data"
                + (spacings.Length > 0 ? ", or, where only spacings are wrong, measure in voxels (Unit = Voxel in MetricOptions)." : "."));
        }
    }

    private static string? FaultOf(Grid grid, Grid first)
    {
        if (grid.Size.Any(length => length < 1))
        {
            return $"slice {grid.Slice}: the size is {Text(grid.Size)} (rows × columns)";
        }
        if (grid.Spacing.Any(length => !(float.IsFinite(length) && length > 0)))
        {
            return $"slice {grid.Slice}: the spacing is {Text(grid.Spacing)} mm (x, y, z)";
        }
        if (!grid.Size.SequenceEqual(first.Size))
        {
            return $"slices {first.Slice} and {grid.Slice}: the sizes are {Text(first.Size)} and {Text(grid.Size)} (rows × columns)";
        }
        return grid.Spacing.SequenceEqual(first.Spacing) ? null : $"slices {first.Slice} and {grid.Slice}: the spacings are {Text(first.Spacing)} and {Text(grid.Spacing)} mm (x, y, z)";
    }

    /// <summary>All of the columns, or none when one is missing or of another type: then the pipeline makes them.</summary>
    private static DataViewSchema.Column[] Find(DataViewSchema schema, DataViewType type, params string[] names)
    {
        DataViewSchema.Column[] found = [.. names.Select(schema.GetColumnOrNull).OfType<DataViewSchema.Column>().Where(column => column.Type.Equals(type))];
        return found.Length == names.Length ? found : [];
    }

    private static string Text<T>(T[] values)
        where T : IFormattable => string.Join("×", values.Select(value => value.ToString(null, CultureInfo.InvariantCulture)));

    private sealed record Grid(int Slice, int[] Size, float[] Spacing);
}
