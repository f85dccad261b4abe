using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Transforms.Tests.Rows;

/// <summary>Rows 0..count-1 with the Single columns "A" = row and "B" = -row, and the Text column "Name" with an annotation. It counts what is asked of it.</summary>
internal sealed class SpyView : IDataView
{
    private readonly int _count;
    private int _open;

    public SpyView(int count)
    {
        _count = count;
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("A", NumberDataViewType.Single);
        builder.AddColumn("B", NumberDataViewType.Single);
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.AddPrimitiveValue("Unit", NumberDataViewType.Int32, 42);
        builder.AddColumn("Name", TextDataViewType.Instance, annotations.ToAnnotations());
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle { get; init; } = true;

    /// <summary>Cursors that were opened and not disposed.</summary>
    public int OpenCursors => _open;

    /// <summary>Columns that the cursors were asked for, by name.</summary>
    public List<string[]> Asked { get; } = [];

    /// <summary>How often a value was read, per column.</summary>
    public Dictionary<string, int> Reads { get; } = new() { ["A"] = 0, ["B"] = 0, ["Name"] = 0 };

    public long? GetRowCount() => _count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        Open(columnsNeeded, Order(rand));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var order = Order(rand);
        var columns = columnsNeeded.ToArray();
        return [.. Enumerable.Range(0, n).Select(k => Open(columns, [.. order.Where((_, i) => i % n == k)]))];
    }

    private int[] Order(Random? rand)
    {
        int[] order = [.. Enumerable.Range(0, _count)];
        rand?.Shuffle(order);
        return order;
    }

    private Cursor Open(IEnumerable<DataViewSchema.Column> columns, int[] order)
    {
        Asked.Add([.. columns.Select(column => column.Name)]);
        _open++;
        return new(this, Asked[^1], order);
    }

    private sealed class Cursor(SpyView view, string[] columns, int[] order) : DataViewRowCursor
    {
        private long _position = -1;
        private bool _disposed;

        public override DataViewSchema Schema => view.Schema;

        public override long Position => _position;

        public override long Batch => 7;

        public override bool MoveNext() => ++_position < order.Length;

        public override bool IsColumnActive(DataViewSchema.Column column) => columns.Contains(column.Name);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new((ulong)order[_position], 5);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!IsColumnActive(column))
            {
                throw new InvalidOperationException($"{column.Name} is not active");
            }
            return column.Name switch
            {
                "A" => Getter<TValue, float>("A", row => row),
                "B" => Getter<TValue, float>("B", row => -row),
                _ => Getter<TValue, ReadOnlyMemory<char>>("Name", row => $"row {row}".AsMemory()),
            };
        }

        private ValueGetter<TValue> Getter<TValue, T>(string name, Func<int, T> value)
        {
            ValueGetter<T> getter = (ref T result) =>
            {
                view.Reads[name]++;
                result = value(order[_position]);
            };
            return getter as ValueGetter<TValue> ?? throw new InvalidOperationException($"{name} is a {typeof(T)}");
        }

        protected override void Dispose(bool disposing)
        {
            view._open -= _disposed ? 0 : 1;
            _disposed = true;
            base.Dispose(disposing);
        }
    }
}

/// <summary>Adds "Sum" = A + B² and, over the column "A" itself, "A" = 10 A.</summary>
internal sealed class SpyMapping(DataViewSchema input) : RowMapping(input, [new("Sum", NumberDataViewType.Single), new("A", NumberDataViewType.Single)])
{
    public override IEnumerable<int> Dependencies(int added) => added == 0 ? [0, 1] : [0];

    public override Delegate?[] CreateGetters(DataViewRow input, bool[] active)
    {
        var a = active[0] || active[1] ? input.GetGetter<float>(input.Schema[0]) : null;
        var b = active[0] ? input.GetGetter<float>(input.Schema[1]) : null;
        return
        [
            b is null ? null : (ValueGetter<float>)((ref float sum) =>
            {
                float x = 0, y = 0;
                a!(ref x);
                b(ref y);
                sum = x + (y * y);
            }),
            !active[1] ? null : (ValueGetter<float>)((ref float ten) =>
            {
                float x = 0;
                a!(ref x);
                ten = 10 * x;
            }),
        ];
    }
}
