using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Transforms;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Tests.Data;

/// <summary>ML.NET's own operators over slices.</summary>
public class SliceOperatorsTests
{
    private static readonly MLContext Ml = new(1);

    private MemoryFiles _files = null!;
    private IDataView _data = null!;
    private List<SliceRow> _stored = null!;

    [SetUp]
    public void Create()
    {
        _files = new();
        _data = SliceDataView.Create(_files.AddVolumes(4), new() { Labels = LabelTable.Load("synapse") }, _files);
        _stored = _data.Read();
        _files.ImagesRead.Clear();
    }

    [Test]
    public void Cached_rows_are_decoded_once()
    {
        var cached = Ml.Data.Cache(_data);

        Check(cached.Read(), _stored);
        Check(cached.Read(), _stored);

        Assert.That(_files.ImagesRead.Values, Is.All.EqualTo(1));
    }

    [Test]
    public void Rows_can_be_taken_skipped_and_filtered()
    {
        Check(Ml.Data.TakeRows(_data, 4).Read(), _stored.Take(4));
        Check(Ml.Data.SkipRows(_data, 5).Read(), _stored.Skip(5));
        Check(Ml.Data.FilterRowsByColumn(Float(_data), "SliceNumber", lowerBound: 1, upperBound: 2).Read(), _stored.Where(row => row.Slice == 1));
    }

    [Test]
    public void Skipped_volumes_are_not_decoded()
    {
        _ = Ml.Data.SkipRows(_data, 7).Read();

        Assert.That(_files.ImagesRead.Keys, Is.EquivalentTo(new[] { "case2.img", "case3.img" }));
    }

    [Test]
    public void Rows_become_objects()
    {
        var rows = Ml.Data.CreateEnumerable<Slice>(_data, reuseRowObject: false).ToArray();

        Assert.That(rows.Select(row => (row.Case, row.Number, row.Height)), Is.EqualTo(_stored.Select(row => (row.Case, row.Slice, row.Height))));
        Assert.That(rows.Select(row => row.Image), Is.EqualTo(_stored.Select(row => row.Image)));
        Assert.That(rows.Select(row => row.Label), Is.EqualTo(_stored.Select(row => row.Label)));
    }

    [Test]
    public void A_preview_shows_the_first_rows()
    {
        var preview = _data.Preview(maxRows: 2);

        Assert.That(preview.RowView, Has.Length.EqualTo(2));
        Assert.That(preview.RowView[1].Values.Single(pair => pair.Key == "Slice").Value, Is.EqualTo(1));
        Assert.That(((VBuffer<float>)preview.RowView[1].Values.Single(pair => pair.Key == "Image").Value).DenseValues(), Is.EqualTo(_stored[1].Image));
    }

    [Test]
    public void Shuffled_by_ML_NET_they_are_still_all_there() =>
        Check(Ml.Data.ShuffleRows(_data, seed: 3).Read().OrderBy(row => int.Parse(row.Case[4..])).ThenBy(row => row.Slice), _stored);

    [Test]
    public void Saved_as_binary_and_loaded_they_are_the_same_with_their_class_names()
    {
        using var folder = new TempFolder();
        using (var stream = File.Create(folder.File("slices.idv")))
        {
            Ml.Data.SaveAsBinary(_data, stream);
        }

        var loaded = Ml.Data.LoadFromBinary(folder.File("slices.idv"));

        Check(loaded.Read(), _stored);
        Assert.That(ClassNames.TryRead(loaded.Schema["Label"]), Is.EqualTo(LabelTable.Synapse.Classes.Select(entry => entry.Name)));
    }

    [Test]
    public void Slices_go_through_our_transforms_to_one_size()
    {
        var pipeline = Ml.Transforms.NormalizeSlice("Image").Append(Ml.Transforms.ResizeSlice("Image", size: 8)).Append(Ml.Transforms.ResizeSlice("Label", size: 8, order: SplineOrder.Nearest));

        var rows = pipeline.Fit(_data).Transform(_data).Read(new Random(2));

        Assert.That(rows, Has.Count.EqualTo(_stored.Count));
        Assert.That(rows.Select(row => (row.Image.Length, row.Label.Length, row.Height, row.Width)), Is.All.EqualTo((64, 64, 4, 5)));
    }

    private static IDataView Float(IDataView data)
    {
        var chain = Ml.Transforms.Conversion.ConvertType("SliceNumber", "Slice", Microsoft.ML.Data.DataKind.Single);
        return chain.Fit(data).Transform(data);
    }

    private static void Check(IEnumerable<SliceRow> rows, IEnumerable<SliceRow> expected)
    {
        var (got, wanted) = (rows.ToArray(), expected.ToArray());
        Assert.That(got.Select(row => (row.Case, row.Slice, row.Height, row.Width, row.SpacingX)), Is.EqualTo(wanted.Select(row => (row.Case, row.Slice, row.Height, row.Width, row.SpacingX))));
        Assert.That(got.Select(row => row.Image), Is.EqualTo(wanted.Select(row => row.Image)));
        Assert.That(got.Select(row => row.Label), Is.EqualTo(wanted.Select(row => row.Label)));
    }

    private sealed class Slice
    {
        public string Case { get; set; } = "";

        [ColumnName("Slice")]
        public int Number { get; set; }

        public int Height { get; set; }

        public float[] Image { get; set; } = [];

        public byte[] Label { get; set; } = [];
    }
}
