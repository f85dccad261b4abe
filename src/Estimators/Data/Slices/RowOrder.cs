using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Rows that a cursor gives one after the other, under one batch number. All slices of a file are in one run.</summary>
/// <param name="Batch">Grows within a cursor, and belongs to one cursor of a set: it tells how the parts of a set follow each other.</param>
/// <param name="Rows">The rows in their order.</param>
internal sealed record RowRun(long Batch, IReadOnlyList<int> Rows);

/// <summary>In which order rows are given, and by which cursor of a set.</summary>
internal static class RowOrder
{
    /// <summary>Files of one slice that go to one cursor of an unshuffled set together: a volume is a large piece of work, a slice a small one.</summary>
    private const int SlicesPerBlock = 16;

    /// <summary>All rows as they are stored, for one cursor.</summary>
    public static IReadOnlyList<RowRun> Sequential(SliceTable index) => [new(0, [.. Enumerable.Range(0, index.RowCount)])];

    /// <summary>All rows as they are stored, for <paramref name="parts"/> cursors or, where there is less to share out, fewer. Each gets whole volumes.</summary>
    public static IReadOnlyList<IReadOnlyList<RowRun>> Sequential(SliceTable index, int parts)
    {
        List<RowRun> blocks = [];
        for (var file = 0; file < index.Cases.Count;)
        {
            var count = Math.Max(1, Enumerable.Range(file, Math.Min(SlicesPerBlock, index.Cases.Count - file)).TakeWhile(next => index.Cases[next].Depth == 1).Count());
            int[] rows = [.. Enumerable.Range(file, count).SelectMany(index.RowsOf)];
            blocks.Add(new(blocks.Count, rows));
            file += count;
        }
        return ShareOut(blocks, parts, block => block.Rows.Count);
    }

    /// <summary>All rows in an order that depends on <paramref name="seed"/> alone. Volumes come in random order, <paramref name="volumesInMemory"/> at a time, whose slices are
    /// mixed; files of one slice need no memory and fall anywhere.</summary>
    public static IReadOnlyList<IReadOnlyList<RowRun>> Shuffled(SliceTable index, int parts, int volumesInMemory, long seed)
    {
        int[] files = [.. Enumerable.Range(0, index.Cases.Count)];
        Shuffle.InPlace(files.AsSpan(), seed, epoch: -1);
        var shares = ShareOut(files, parts, file => index.Cases[file].Depth);
        var window = Math.Max(1, volumesInMemory / shares.Length);
        return [.. shares.Select((share, part) => Windows(index, share, window, seed, part, shares.Length))];
    }

    private static IReadOnlyList<RowRun> Windows(SliceTable index, IReadOnlyList<int> files, int volumes, long seed, int part, int parts)
    {
        int[][] windows = [.. files.Where(file => index.Cases[file].Depth > 1).Chunk(volumes)];
        List<List<int>> rows = [.. windows.Select(window => window.SelectMany(index.RowsOf).ToList())];
        if (rows.Count == 0)
        {
            rows.Add([]);
        }
        AddSingleSlices(rows, [.. files.Where(file => index.Cases[file].Depth == 1).SelectMany(index.RowsOf)], new SampleRandom(seed, epoch: -2, part));
        return [.. rows.Select((window, number) =>
        {
            var batch = (number * parts) + part;
            var order = window.ToArray();
            Shuffle.InPlace(order.AsSpan(), seed, batch);
            return new RowRun(batch, order);
        })];
    }

    /// <summary>Spreads slices over the windows, in proportion to the windows' sizes.</summary>
    private static void AddSingleSlices(List<List<int>> windows, int[] singles, SampleRandom random)
    {
        var end = 0;
        int[] ends = [.. windows.Select(window => end += window.Count)];
        foreach (var row in singles)
        {
            var at = ends[^1] == 0 ? 0 : Array.BinarySearch(ends, random.Next(0, ends[^1]) + 1);
            windows[at >= 0 ? at : ~at].Add(row);
        }
    }

    /// <summary>Gives each item to the part that has least so far: the order is kept in each part, and neighbours go to different parts, so that all parts advance alike.</summary>
    private static List<T>[] ShareOut<T>(IReadOnlyList<T> items, int parts, Func<T, int> size)
    {
        var shares = Enumerable.Range(0, Math.Min(parts, items.Count)).Select(_ => new List<T>()).ToArray();
        var queue = new PriorityQueue<int, (long Rows, int Part)>(Enumerable.Range(0, shares.Length).Select(part => (part, (0L, part))));
        foreach (var item in items)
        {
            _ = queue.TryDequeue(out var part, out var filled);
            shares[part].Add(item);
            queue.Enqueue(part, (filled.Rows + size(item), part));
        }
        return shares;
    }
}
