using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Estimators.Rows;

/// <summary>Reads ahead a batch of rows, gives them out one by one, and computes the added columns of the whole batch when the first of them is asked for.</summary>
internal sealed class BatchedCursor : DataViewRowCursor
{
    private readonly DataViewRowCursor _input;
    private readonly BatchPlan _plan;
    private readonly Dictionary<int, BufferedColumn> _passed;
    private readonly BatchWork _work;
    private readonly Delegate?[] _added;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _batches;
    private readonly ValueGetter<DataViewRowId> _idGetter;
    private IDisposable? _pass;
    private int _count;
    private int _slot = -1;
    private long _position = -1;
    private bool _computed;
    private bool _disposed;

    /// <summary>Takes over <paramref name="input"/>.</summary>
    public BatchedCursor(DataViewRowCursor input, BatchPlan plan)
    {
        var capacity = plan.Mapping.BatchSize;
        (_input, _plan, _ids, _batches) = (input, plan, new DataViewRowId[capacity], new long[capacity]);
        _passed = plan.Passed.ToDictionary(column => column.Index, column => BufferedColumn.Create(input, column, capacity));
        _work = plan.Mapping.CreateWork(input, plan.Active);
        _added = _work.Getters(ComputedSlot);
        _idGetter = input.GetIdGetter();
    }

    /// <inheritdoc/>
    public override DataViewSchema Schema => _plan.Mapping.OutputSchema;

    /// <inheritdoc/>
    public override long Position => _position;

    /// <inheritdoc/>
    public override long Batch => _slot >= 0 ? _batches[_slot] : _input.Batch;

    /// <inheritdoc/>
    public override bool IsColumnActive(DataViewSchema.Column column) => IsInput(column) ? _passed.ContainsKey(column.Index) : _plan.Active[column.Index - _plan.Mapping.InputSchema.Count];

    /// <inheritdoc/>
    public override bool MoveNext()
    {
        if (_disposed)
        {
            return false;
        }
        if (++_slot >= _count)
        {
            Fill();
            _slot = 0;
        }
        if (_count == 0)
        {
            (_slot, _position) = (-1, -1);
            return false;
        }
        _position++;
        return true;
    }

    /// <inheritdoc/>
    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column))
        {
            throw new ArgumentOutOfRangeException(nameof(column), column.Name, $"The column '{column.Name}' is not among those that this cursor was asked for.");
        }
        var getter = IsInput(column) ? _passed[column.Index].Getter(Slot) : _added[column.Index - _plan.Mapping.InputSchema.Count];
        return getter as ValueGetter<TValue>
            ?? throw new ArgumentException($"The column '{column.Name}' is of type {column.Type}; a getter of {typeof(TValue)} does not fit it.", nameof(column));
    }

    /// <inheritdoc/>
    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[Slot()];

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _pass?.Dispose();
            _input.Dispose();
        }
        base.Dispose(disposing);
    }

    private bool IsInput(DataViewSchema.Column column) => column.Index < _plan.Mapping.InputSchema.Count;

    private void Fill()
    {
        _computed = false;
        for (_count = 0; _count < _ids.Length && _input.MoveNext(); _count++)
        {
            _idGetter(ref _ids[_count]);
            _batches[_count] = _input.Batch;
            foreach (var column in _passed.Values)
            {
                column.Keep(_count);
            }
            _work.Keep(_count);
        }
    }

    private int Slot() => _slot >= 0 ? _slot : throw new InvalidOperationException("The cursor is not at a row: call MoveNext first.");

    private int ComputedSlot()
    {
        var slot = Slot();
        if (!_computed)
        {
            _pass ??= _plan.Mapping.BeginPass();
            _work.Compute(_count, _position - slot);
            _computed = true;
        }
        return slot;
    }
}
