using Microsoft.ML;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Slices that are streamed from a data view, a new shuffled pass in every epoch: nothing is kept in memory but what is being prepared.</summary>
internal sealed class DataViewSlices : ISliceSource
{
    private readonly IDataView _data;
    private readonly TrainingColumns _columns;
    private readonly int _classCount;
    private readonly ZoomEdge _edge;
    private readonly long _seed;

    /// <summary>Streams <paramref name="data"/>, whose rows are counted now unless <paramref name="count"/> says them.</summary>
    public DataViewSlices(IDataView data, TrainingColumns columns, int classCount, ZoomEdge edge, long seed, int? count = null)
    {
        (_data, _columns, _classCount, _edge, _seed) = (data, columns, classCount, edge, seed);
        Count = count ?? checked((int)(data.GetRowCount() ?? CountRows(data)));
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>The names of the cases, each once, in order of appearance; empty without a case column.</summary>
    public IReadOnlyList<string> Cases()
    {
        if (_columns.Case is not { } column)
        {
            return [];
        }
        using var cursor = _data.GetRowCursor([column]);
        var read = cursor.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> name = default;
        List<string> cases = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        while (cursor.MoveNext())
        {
            read(ref name);
            if (name.ToString() is var text && seen.Add(text))
            {
                cases.Add(text);
            }
        }
        return cases;
    }

    /// <inheritdoc/>
    public IEnumerable<NumberedSlice> Epoch(int epoch, int skip)
    {
        var order = new SampleRandom(_seed, epoch, sample: -1).Next(0, int.MaxValue);
        // Rows that a resumed epoch has seen already are passed over without being decoded.
        return Rows(new Random(order), skip).Select((slice, index) => new NumberedSlice(skip + index, slice));
    }

    /// <summary>The slices in the order of the data view.</summary>
    public IEnumerable<StoredSlice> InOrder() => Rows(random: null, skip: 0);

    private IEnumerable<StoredSlice> Rows(Random? random, int skip)
    {
        using var cursor = _data.GetRowCursor(_columns.All, _data.CanShuffle ? random : null);
        var reader = new RowReader(cursor, _columns, _classCount, _edge);
        while (cursor.MoveNext())
        {
            if (skip-- <= 0)
            {
                yield return reader.Read();
            }
        }
    }

    private static long CountRows(IDataView data)
    {
        using var cursor = data.GetRowCursor([]);
        var rows = 0L;
        while (cursor.MoveNext())
        {
            rows++;
        }
        return rows;
    }
}
