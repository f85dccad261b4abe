using Microsoft.ML;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Rows;

/// <summary>A <see cref="RowMapping"/> that is cheaper for several rows at a time.</summary>
internal abstract class BatchMapping(DataViewSchema inputSchema, IReadOnlyList<AddedColumn> added) : RowMapping(inputSchema, added)
{
    /// <summary>Most rows of one batch.</summary>
    public abstract int BatchSize { get; }

    /// <summary>Starts work on the rows of <paramref name="input"/>, for the added columns that are active.</summary>
    public abstract BatchWork CreateWork(DataViewRow input, bool[] active);

    /// <summary>Called before the first batch of a pass over rows: what it makes ready for all batches is there until the result is disposed, with the pass.</summary>
    public abstract IDisposable BeginPass();

    /// <inheritdoc/>
    public override Delegate?[] CreateGetters(DataViewRow input, bool[] active)
    {
        // One row at a time: a batch of one, worked on when the first getter asks for this row.
        var work = CreateWork(input, active);
        var position = long.MinValue;
        return work.Getters(() =>
        {
            if (position != input.Position)
            {
                work.Keep(0);
                work.Compute(1, input.Position);
                position = input.Position;
            }
            return 0;
        });
    }
}

/// <summary>The work on one cursor's batches: rows are kept one by one, then computed together.</summary>
internal abstract class BatchWork
{
    /// <summary>Keeps what the present row of the input gives, under <paramref name="slot"/>.</summary>
    public abstract void Keep(int slot);

    /// <summary>Computes the first <paramref name="count"/> kept rows, of which the first has the position <paramref name="firstRow"/>.</summary>
    public abstract void Compute(int count, long firstRow);

    /// <summary>Per added column a ValueGetter for the row that <paramref name="slot"/> names at the time; null where it is not active.</summary>
    public abstract Delegate?[] Getters(Func<int> slot);
}
