using Microsoft.ML;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Rows;

/// <summary>A data view with the columns that a <see cref="BatchMapping"/> adds, computed for a batch of rows at a time while streaming.
/// A cursor that asks for none of them reads straight through.</summary>
internal sealed class BatchedDataView(IDataView source, BatchMapping mapping) : IDataView
{
    /// <inheritdoc/>
    public bool CanShuffle => source.CanShuffle;

    /// <inheritdoc/>
    public DataViewSchema Schema => mapping.OutputSchema;

    /// <inheritdoc/>
    public long? GetRowCount() => source.GetRowCount();

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var plan = new BatchPlan(mapping, columnsNeeded);
        return plan.AddsNothing
            ? new MappedDataView(source, mapping).GetRowCursor(plan.Columns, rand)
            : new BatchedCursor(source.GetRowCursor(plan.InputColumns, rand), plan);
    }

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var plan = new BatchPlan(mapping, columnsNeeded);
        return plan.AddsNothing
            ? new MappedDataView(source, mapping).GetRowCursorSet(plan.Columns, n, rand)
            : [.. source.GetRowCursorSet(plan.InputColumns, n, rand).Select(cursor => new BatchedCursor(cursor, plan))];
    }
}

/// <summary>Which columns a cursor gives, and which it needs for that.</summary>
internal sealed class BatchPlan
{
    /// <summary>For a cursor over <paramref name="columnsNeeded"/> of the mapping's output.</summary>
    public BatchPlan(BatchMapping mapping, IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        Mapping = mapping;
        Columns = [.. columnsNeeded];
        var indices = Columns.Select(column => column.Index).ToHashSet();
        var inputs = mapping.InputSchema.Count;
        Passed = [.. mapping.InputSchema.Where(column => indices.Contains(column.Index))];
        Active = [.. Enumerable.Range(0, mapping.Added.Count).Select(added => indices.Contains(inputs + added))];
        var needed = Passed.Select(column => column.Index)
            .Concat(Enumerable.Range(0, Active.Length).Where(added => Active[added]).SelectMany(mapping.Dependencies)).ToHashSet();
        InputColumns = [.. mapping.InputSchema.Where(column => needed.Contains(column.Index))];
    }

    /// <summary>The mapping.</summary>
    public BatchMapping Mapping { get; }

    /// <summary>The columns asked for.</summary>
    public IReadOnlyList<DataViewSchema.Column> Columns { get; }

    /// <summary>Those of the input among them.</summary>
    public IReadOnlyList<DataViewSchema.Column> Passed { get; }

    /// <summary>Which of the added columns are among them.</summary>
    public bool[] Active { get; }

    /// <summary>Columns of the input to read.</summary>
    public IReadOnlyList<DataViewSchema.Column> InputColumns { get; }

    /// <summary>Whether no added column is asked for.</summary>
    public bool AddsNothing => !Active.Contains(true);
}
