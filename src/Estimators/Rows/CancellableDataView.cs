using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Estimators.Rows;

/// <summary>A data view whose cursors end with an <see cref="OperationCanceledException"/> when the token is cancelled. ML.NET has no such thing, and reading may take longer than training.</summary>
internal sealed class CancellableDataView(IDataView source, CancellationToken token) : IDataView
{
    /// <inheritdoc/>
    public bool CanShuffle => source.CanShuffle;

    /// <inheritdoc/>
    public DataViewSchema Schema => source.Schema;

    /// <summary>Whether a fault is the cancellation of <paramref name="token"/>, alone or wrapped by an operator of ML.NET that reads on another thread.</summary>
    public static bool IsCancellation(Exception fault, CancellationToken token) => token.IsCancellationRequested && fault switch
    {
        OperationCanceledException => true,
        AggregateException several => several.InnerExceptions.Any(inner => IsCancellation(inner, token)),
        _ => fault.InnerException is { } inner && IsCancellation(inner, token),
    };

    /// <inheritdoc/>
    public long? GetRowCount() => source.GetRowCount();

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(source.GetRowCursor(columnsNeeded, rand), token);

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [.. source.GetRowCursorSet(columnsNeeded, n, rand).Select(cursor => new Cursor(cursor, token))];

    private sealed class Cursor(DataViewRowCursor input, CancellationToken token) : DataViewRowCursor
    {
        public override DataViewSchema Schema => input.Schema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool MoveNext()
        {
            token.ThrowIfCancellationRequested();
            return input.MoveNext();
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => input.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                input.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
