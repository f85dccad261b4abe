using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Transforms.Rows;

/// <summary>The columns of a mapping's output that someone asked for, over a row of its input.</summary>
internal sealed class MappedColumns
{
    private readonly RowMapping _mapping;
    private readonly DataViewRow _input;
    private readonly HashSet<int> _active;
    private readonly Delegate?[] _added;

    public MappedColumns(RowMapping mapping, DataViewRow input, IEnumerable<DataViewSchema.Column> columns)
    {
        (_mapping, _input, _active) = (mapping, input, [.. columns.Select(column => column.Index)]);
        _added = mapping.CreateGetters(input, [.. Enumerable.Range(mapping.InputSchema.Count, mapping.Added.Count).Select(_active.Contains)]);
    }

    public bool IsActive(DataViewSchema.Column column) => _active.Contains(column.Index);

    public ValueGetter<TValue> Getter<TValue>(DataViewSchema.Column column)
    {
        if (!IsActive(column))
        {
            throw new ArgumentOutOfRangeException(nameof(column), column.Name, $"The column '{column.Name}' is not among those that were asked for.");
        }
        return column.Index < _mapping.InputSchema.Count
            ? _input.GetGetter<TValue>(_input.Schema[column.Index])
            : _added[column.Index - _mapping.InputSchema.Count] as ValueGetter<TValue>
                ?? throw new ArgumentException($"The column '{column.Name}' is of type {column.Type}: a getter of {typeof(TValue)} does not fit it.", nameof(column));
    }
}

/// <summary>One row with the added columns.</summary>
internal sealed class MappedRow(DataViewRow input, RowMapping mapping, IEnumerable<DataViewSchema.Column> columns) : DataViewRow
{
    private readonly MappedColumns _columns = new(mapping, input, columns);

    public override DataViewSchema Schema => mapping.OutputSchema;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _columns.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _columns.Getter<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            input.Dispose();
        }
        base.Dispose(disposing);
    }
}

/// <summary>A cursor with the added columns.</summary>
internal sealed class MappedCursor(DataViewRowCursor input, RowMapping mapping, IEnumerable<DataViewSchema.Column> columns) : DataViewRowCursor
{
    private readonly MappedColumns _columns = new(mapping, input, columns);

    public override DataViewSchema Schema => mapping.OutputSchema;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override bool MoveNext() => input.MoveNext();

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _columns.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _columns.Getter<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            input.Dispose();
        }
        base.Dispose(disposing);
    }
}
