using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Goes through slices in a given order. Moving on reads nothing; a file is decoded when a getter first needs it, and let go after its last slice.</summary>
internal sealed class SliceCursor : DataViewRowCursor
{
    private readonly SliceTable _index;
    private readonly IReadOnlyList<RowRun> _order;
    private readonly HeldCases _held;
    private readonly bool[] _active;
    private int _run;
    private int _next;
    private int _row = -1;
    private int _file;
    private int _z;
    private long _given;

    public SliceCursor(DataViewSchema schema, SliceTable index, CaseReader reader, IReadOnlyList<RowRun> order, IEnumerable<DataViewSchema.Column> columns)
    {
        (Schema, _index, _order, _held) = (schema, index, order, new(index, reader));
        _active = new bool[schema.Count];
        foreach (var column in columns)
        {
            if (column.Index >= schema.Count || schema[column.Index].Name != column.Name)
            {
                throw new ArgumentException($"The column '{column.Name}' is not one of these data. The columns are {string.Join(", ", schema.Select(own => own.Name))}.", nameof(columns));
            }
            _active[column.Index] = true;
        }
    }

    public override DataViewSchema Schema { get; }

    public override long Position => _row < 0 ? -1 : _given - 1;

    public override long Batch => _order[Math.Min(_run, _order.Count - 1)].Batch;

    private CaseHeader Header => _row >= 0
        ? _index.Cases[_file]
        : throw new InvalidOperationException("The cursor stands on no row: values can be read after MoveNext has returned true, until it returns false.");

    public override bool MoveNext()
    {
        LeaveRow();
        while (_run < _order.Count && _next == _order[_run].Rows.Count)
        {
            (_run, _next) = (_run + 1, 0);
        }
        if (_run == _order.Count)
        {
            return false;
        }
        _row = _order[_run].Rows[_next++];
        (_file, _z) = _index.Find(_row);
        _given++;
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) =>
    {
        _ = Header;
        value = new((ulong)_row, 0);
    };

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => !IsColumnActive(column)
        ? throw new ArgumentOutOfRangeException(nameof(column), column.Name, $"The column '{column.Name}' is not among those that were asked for.")
        : CreateGetter(column.Index) as ValueGetter<TValue>
            ?? throw new ArgumentException($"The column '{column.Name}' is of type {column.Type}: a getter of {typeof(TValue)} does not fit it.", nameof(column));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            (_row, _run, _next) = (-1, _order.Count, 0);
            _held.Clear();
        }
        base.Dispose(disposing);
    }

    private void LeaveRow()
    {
        if (_row >= 0)
        {
            _held.Leave(_file);
            _row = -1;
        }
    }

    private Delegate CreateGetter(int column) => column switch
    {
        SliceSchema.Case => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = Header.Files.Name.AsMemory()),
        SliceSchema.Slice => Number(header => header.SliceNumber(_z)),
        SliceSchema.Height => Number(header => header.Delivered.Height),
        SliceSchema.Width => Number(header => header.Delivered.Width),
        SliceSchema.SpacingX => Number(header => (float)header.Delivered.SpacingMm.X),
        SliceSchema.SpacingY => Number(header => (float)header.Delivered.SpacingMm.Y),
        SliceSchema.SpacingZ => Number(header => (float)header.Delivered.SpacingMm.Z),
        SliceSchema.Image => Voxels<float>(_held.Image),
        _ => Voxels<byte>(file => [_held.Label(file)]),
    };

    private ValueGetter<T> Number<T>(Func<CaseHeader, T> read) => (ref T value) => value = read(Header);

    private ValueGetter<VBuffer<T>> Voxels<T>(Func<int, IReadOnlyList<Volume<T>>> channelsOf)
        where T : unmanaged => (ref VBuffer<T> value) =>
    {
        var length = Header.Delivered.SliceLength;
        var channels = channelsOf(_file);
        var editor = VBufferEditor.Create(ref value, channels.Count * length);
        for (var channel = 0; channel < channels.Count; channel++)
        {
            channels[channel].Slice(_z).CopyTo(editor.Values[(channel * length)..]);
        }
        value = editor.Commit();
    };
}
