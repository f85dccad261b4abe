using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>The rows of some cases. Other rows are passed over without reading anything of them but their case.</summary>
internal sealed class CaseFilter(IDataView source, DataViewSchema.Column caseColumn, HashSet<string> cases, long rowCount) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => rowCount;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        return new Cursor(source.GetRowCursor(WithCase(columns), rand), caseColumn, cases, columns);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        return [.. source.GetRowCursorSet(WithCase(columns), n, rand).Select(cursor => new Cursor(cursor, caseColumn, cases, columns))];
    }

    private DataViewSchema.Column[] WithCase(DataViewSchema.Column[] columns) =>
        columns.Any(column => column.Index == caseColumn.Index) ? columns : [.. columns, caseColumn];

    private sealed class Cursor(DataViewRowCursor input, DataViewSchema.Column caseColumn, HashSet<string> cases, IEnumerable<DataViewSchema.Column> columns) : DataViewRowCursor
    {
        private readonly CaseGetter _case = new(input, caseColumn);
        private readonly HashSet<int> _active = [.. columns.Select(column => column.Index)];
        private long _position = -1;
        private bool _ended;

        public override DataViewSchema Schema => input.Schema;

        public override long Position => _ended ? -1 : _position;

        public override long Batch => input.Batch;

        public override bool MoveNext()
        {
            while (input.MoveNext())
            {
                if (cases.Contains(_case.Current()))
                {
                    _position++;
                    return true;
                }
            }
            _ended = true;
            return false;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => IsColumnActive(column)
            ? input.GetGetter<TValue>(column)
            : throw new ArgumentOutOfRangeException(nameof(column), column.Name, $"The column '{column.Name}' is not among those that were asked for.");

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _ended = true;
                input.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
