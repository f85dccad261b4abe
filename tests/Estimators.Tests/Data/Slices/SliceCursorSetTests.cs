using CsCheck;
using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Data;

public class SliceCursorSetTests
{
    [TestCase(false)]
    [TestCase(true)]
    public void Parallel_cursors_give_every_row_once_and_decode_every_volume_once(bool shuffled)
    {
        var files = new MemoryFiles();
        var view = SliceDataView.Create(files.AddVolumes(11), new(), files);
        var stored = view.Read();
        files.ImagesRead.Clear();
        files.LabelsRead.Clear();

        var parts = view.GetRowCursorSet(view.Schema, 4, shuffled ? new Random(1) : null).AsParallel().WithDegreeOfParallelism(4).Select(Drain).ToArray();

        Assert.That(parts, Has.Length.EqualTo(4));
        Assert.That(parts.SelectMany(rows => rows).Select(row => (int)row.Id), Is.EquivalentTo(Enumerable.Range(0, stored.Count)));
        Assert.That(parts.Select(rows => rows.Count), Is.All.InRange(stored.Count / 4 - 4, stored.Count / 4 + 4));
        Assert.That(files.ImagesRead.Values.Concat(files.LabelsRead.Values), Has.Exactly(22).EqualTo(1));
        foreach (var row in parts.SelectMany(rows => rows))
        {
            Assert.That(row.Image, Is.EqualTo(stored[(int)row.Id].Image));
            Assert.That(row.Label, Is.EqualTo(stored[(int)row.Id].Label));
        }
    }

    [Test]
    public void Batches_put_the_parts_back_in_order()
    {
        // Volumes and single slices in a row, for any number of parts.
        Gen.Select(Gen.Int[1, 4].Array[1, 40], Gen.Int[1, 6]).Sample((depths, parts) =>
        {
            var files = new MemoryFiles();
            var view = SliceDataView.Create([.. depths.Select((depth, number) => files.Add(number, Geometry.Unplaced(depth, 1, 1)))], new() { Orientation = null }, files);

            var rows = view.GetRowCursorSet([view.Schema["Case"]], parts).Select(cursor => Visit(cursor)).ToArray();

            Assert.That(rows, Has.Length.InRange(1, parts));
            Assert.That(rows.SelectMany(part => part.Select(row => row.Batch).Distinct()), Is.Unique, "a batch belongs to one cursor");
            Assert.That(rows, Is.All.Matches<List<(long Batch, ulong Id)>>(part => part.Zip(part.Skip(1)).All(pair => pair.First.Batch <= pair.Second.Batch)));
            Assert.That(rows.SelectMany(part => part).OrderBy(row => row.Batch).Select(row => (int)row.Id), Is.EqualTo(Enumerable.Range(0, depths.Sum())));
        }, iter: 50);
    }

    [Test]
    public void Shuffled_parts_are_each_in_order_of_their_batches_and_share_the_memory()
    {
        var files = new MemoryFiles();
        var view = SliceDataView.Create(files.AddVolumes(16), new() { VolumesInMemory = 4 }, files);

        var parts = view.GetRowCursorSet([view.Schema["Case"]], 2, new Random(8)).Select(cursor => Visit(cursor)).ToArray();

        Assert.That(parts.SelectMany(part => part.Select(row => row.Batch).Distinct()), Is.Unique);
        Assert.That(parts.Select(part => part.Select(row => row.Batch).Distinct().Count()), Is.All.EqualTo(4), "8 volumes in windows of 2");
        Assert.That(view.GetRowCursorSet([view.Schema["Case"]], 2, new Random(8)).Select(cursor => Visit(cursor)), Is.EqualTo(parts));
    }

    [Test]
    public void Fewer_volumes_than_cursors_give_fewer_cursors()
    {
        var files = new MemoryFiles();
        var view = SliceDataView.Create(files.AddVolumes(2), new(), files);

        Assert.That(view.GetRowCursorSet(view.Schema, 8), Has.Length.EqualTo(2));
        Assert.That(view.GetRowCursorSet(view.Schema, 8, new Random(1)), Has.Length.EqualTo(2));
        Assert.That(view.GetRowCursorSet(view.Schema, 1), Has.Length.EqualTo(1));
    }

    private static List<SliceRow> Drain(DataViewRowCursor cursor)
    {
        using (cursor)
        {
            return cursor.ReadToEnd();
        }
    }

    private static List<(long Batch, ulong Id)> Visit(DataViewRowCursor cursor)
    {
        List<(long, ulong)> rows = [];
        using (cursor)
        {
            var read = cursor.GetIdGetter();
            DataViewRowId id = default;
            while (cursor.MoveNext())
            {
                read(ref id);
                rows.Add((cursor.Batch, id.Low));
            }
        }
        return rows;
    }
}
