using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Transforms.Rows;

/// <summary>A column that a transformer adds. A column of the same name in the input is hidden by it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Annotations">Its annotations; null for none.</param>
internal sealed record AddedColumn(string Name, DataViewType Type, DataViewSchema.Annotations? Annotations = null);

/// <summary>A transformer bound to one input schema: which columns it adds to a row, what they need, how they are computed. Everything else that ML.NET wants
/// of a row-to-row transformer follows from that (<see cref="RowMapper"/>, <see cref="MappedDataView"/>).</summary>
/// <remarks>ML.NET's own base classes for this cannot be derived from outside of it.</remarks>
internal abstract class RowMapping
{
    protected RowMapping(DataViewSchema inputSchema, IReadOnlyList<AddedColumn> added)
    {
        (InputSchema, Added) = (inputSchema, added);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        foreach (var column in added)
        {
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        }
        OutputSchema = builder.ToSchema();
    }

    /// <summary>Columns of the rows that come in.</summary>
    public DataViewSchema InputSchema { get; }

    /// <summary>The same columns at the same indices, then those added.</summary>
    public DataViewSchema OutputSchema { get; }

    /// <summary>The columns added.</summary>
    public IReadOnlyList<AddedColumn> Added { get; }

    /// <summary>Indices of the input columns that the added column number <paramref name="added"/> is computed from.</summary>
    public abstract IEnumerable<int> Dependencies(int added);

    /// <summary>Per added column a ValueGetter of its type, null where <paramref name="active"/> is false. Nothing is computed before a getter is called.</summary>
    public abstract Delegate?[] CreateGetters(DataViewRow input, bool[] active);

    /// <summary>The input columns that the given output columns need.</summary>
    public IReadOnlyList<DataViewSchema.Column> InputsFor(IEnumerable<DataViewSchema.Column> columns)
    {
        var needed = columns.SelectMany(column => column.Index < InputSchema.Count ? [column.Index] : Dependencies(column.Index - InputSchema.Count)).ToHashSet();
        return [.. InputSchema.Where(column => needed.Contains(column.Index))];
    }
}
