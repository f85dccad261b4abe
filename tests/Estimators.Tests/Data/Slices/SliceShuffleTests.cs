using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Data;

public class SliceShuffleTests
{
    [Test]
    public void Shuffled_rows_are_the_same_rows_with_the_same_ids_and_depend_on_the_seed()
    {
        var view = Create(9, volumesInMemory: 3, out _);
        var stored = view.Read();

        var one = view.Read(new Random(1));

        Assert.That(view.CanShuffle, Is.True);
        Assert.That(Keys(view.Read(new Random(1))), Is.EqualTo(Keys(one)), "deterministic");
        Assert.That(Keys(one), Is.Not.EqualTo(Keys(stored)));
        Assert.That(Keys(one), Is.Not.EqualTo(Keys(view.Read(new Random(2)))));
        Assert.That(Keys(one), Is.EquivalentTo(Keys(stored)));
        Assert.That(one.Select(row => row.Position), Is.EqualTo(Enumerable.Range(0, stored.Count)));
        foreach (var row in one)
        {
            Assert.That(row.Image, Is.EqualTo(stored[(int)row.Id].Image));
            Assert.That(row.Label, Is.EqualTo(stored[(int)row.Id].Label));
        }
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(100)]
    public void No_more_volumes_are_held_than_asked_for_and_each_is_decoded_once(int volumesInMemory)
    {
        const int cases = 7;
        var view = Create(cases, volumesInMemory, out var files);
        using var cursor = view.GetRowCursor([view.Schema["Image"], view.Schema["Case"]], new Random(5));
        VBuffer<float> value = default;
        var image = cursor.GetGetter<VBuffer<float>>(view.Schema["Image"]);
        var most = 0;
        List<string> order = [];

        while (cursor.MoveNext())
        {
            image(ref value);
            most = Math.Max(most, files.Alive);
            order.Add(cursor.Value<ReadOnlyMemory<char>>("Case").ToString());
        }

        Assert.That(most, volumesInMemory == 1 ? Is.EqualTo(1) : Is.InRange(2, volumesInMemory));
        Assert.That(files.Alive, Is.Zero);
        Assert.That(files.ImagesRead.Values, Is.All.EqualTo(1));
        var windows = order.Distinct().Chunk(volumesInMemory).Select(window => window.Order().ToArray()).ToArray();
        var changes = order.Zip(order.Skip(1)).Count(pair => pair.First != pair.Second);
        Assert.That(changes, volumesInMemory == 1 ? Is.EqualTo(cases - 1) : Is.GreaterThan(cases), "slices of several volumes are mixed, those of one stay together");
        Assert.That(windows.SelectMany(window => window), Is.EquivalentTo(Enumerable.Range(0, cases).Select(number => $"case{number}")));
    }

    [Test]
    public void Files_of_one_slice_are_shuffled_all_together()
    {
        var files = new MemoryFiles();
        var view = SliceDataView.Create(
            [.. Enumerable.Range(0, 200).Select(number => files.Add(number / 10, Geometry.Unplaced(1, 2, 2), slice: number % 10))], new() { VolumesInMemory = 1 }, files);

        var ids = view.Read(new Random(3)).Select(row => (int)row.Id).ToArray();

        Assert.That(ids, Is.EquivalentTo(Enumerable.Range(0, 200)));
        // In a true shuffle a slice travels a third of the way on average; in windows of a few files it would stay near.
        Assert.That(ids.Select((id, at) => Math.Abs(id - at)).Average(), Is.InRange(50, 85));
    }

    [Test]
    public void Single_slices_fall_between_the_slices_of_volumes()
    {
        var files = new MemoryFiles();
        CaseFiles[] volumes = [.. Enumerable.Range(0, 6).Select(number => files.Add(number, Geometry.Unplaced(10, 2, 2)))];
        CaseFiles[] singles = [.. Enumerable.Range(0, 60).Select(slice => files.Add(9, Geometry.Unplaced(1, 2, 2), slice))];
        var view = SliceDataView.Create([.. volumes, .. singles], new() { VolumesInMemory = 2 }, files);

        var rows = view.Read(new Random(4));

        Assert.That(rows.Select(row => (int)row.Id), Is.EquivalentTo(Enumerable.Range(0, 120)));
        Assert.That(rows.Chunk(40).Select(third => third.Count(row => row.Case == "case9")), Is.All.InRange(8, 32));
    }

    private static SliceDataView Create(int cases, int volumesInMemory, out MemoryFiles files)
    {
        files = new();
        return SliceDataView.Create(files.AddVolumes(cases), new() { VolumesInMemory = volumesInMemory }, files);
    }

    private static IEnumerable<ulong> Keys(IEnumerable<SliceRow> rows) => rows.Select(row => row.Id);
}
