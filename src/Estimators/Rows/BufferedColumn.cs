using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Estimators.Rows;

/// <summary>The values of one column for the rows of a batch, so that rows can be given out after the cursor below has moved on.</summary>
internal abstract class BufferedColumn
{
    /// <summary>Keeps up to <paramref name="capacity"/> values of <paramref name="column"/> of <paramref name="row"/>.</summary>
    public static BufferedColumn Create(DataViewRow row, DataViewSchema.Column column, int capacity)
    {
        var raw = column.Type.RawType;
        var kind = raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>)
            ? typeof(BufferedVector<>).MakeGenericType(raw.GetGenericArguments())
            : typeof(BufferedValue<>).MakeGenericType(raw);
        return (BufferedColumn)Activator.CreateInstance(kind, row, column, capacity)!;
    }

    /// <summary>Keeps the value of the cursor's present row under <paramref name="slot"/>.</summary>
    public abstract void Keep(int slot);

    /// <summary>A ValueGetter of the column's type that gives the value under the slot that <paramref name="slot"/> names at the time.</summary>
    public abstract Delegate Getter(Func<int> slot);

    private sealed class BufferedValue<T>(DataViewRow row, DataViewSchema.Column column, int capacity) : BufferedColumn
    {
        private readonly ValueGetter<T> _getter = row.GetGetter<T>(column);
        private readonly T[] _values = new T[capacity];

        public override void Keep(int slot) => _getter(ref _values[slot]);

        public override Delegate Getter(Func<int> slot) => (ValueGetter<T>)((ref T value) => value = _values[slot()]);
    }

    private sealed class BufferedVector<T>(DataViewRow row, DataViewSchema.Column column, int capacity) : BufferedColumn
    {
        private readonly ValueGetter<VBuffer<T>> _getter = row.GetGetter<VBuffer<T>>(column);
        private readonly VBuffer<T>[] _values = new VBuffer<T>[capacity];

        public override void Keep(int slot) => _getter(ref _values[slot]);

        public override Delegate Getter(Func<int> slot) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[slot()].CopyTo(ref value));
    }
}
