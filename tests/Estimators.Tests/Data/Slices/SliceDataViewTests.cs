using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Tests.Data;

public class SliceDataViewTests
{
    private static readonly SliceDataOptions AsStored = new() { Orientation = null };

    [Test]
    public void Columns_have_the_promised_names_and_types()
    {
        var schema = Create(1, out _).Schema;

        Assert.That(schema.Select(column => (column.Name, column.Type)), Is.EqualTo(new (string, DataViewType)[]
        {
            ("Case", TextDataViewType.Instance), ("Slice", NumberDataViewType.Int32), ("Height", NumberDataViewType.Int32), ("Width", NumberDataViewType.Int32),
            ("SpacingX", NumberDataViewType.Single), ("SpacingY", NumberDataViewType.Single), ("SpacingZ", NumberDataViewType.Single),
            ("Image", new VectorDataViewType(NumberDataViewType.Single)), ("Label", new VectorDataViewType(NumberDataViewType.Byte)),
        }));
        Assert.That(ClassNames.TryRead(schema["Label"]), Is.Null, "ids as stored have no names");
    }

    [Test]
    public void A_label_table_gives_the_label_column_the_names_of_its_classes()
    {
        var files = new MemoryFiles();
        var view = SliceDataView.Create(files.AddVolumes(1), new() { Labels = LabelTable.Synapse }, files);

        Assert.That(ClassNames.TryRead(view.Schema["Label"]), Is.EqualTo(LabelTable.Synapse.Classes.Select(entry => entry.Name)));
    }

    [Test]
    public void Every_slice_is_a_row_with_its_place_size_and_voxels()
    {
        var view = Create(3, out _);

        var rows = view.Read();

        Assert.That(view.GetRowCount(), Is.EqualTo(3 + 4 + 5));
        Assert.That(rows.Select(row => (row.Case, row.Slice)), Is.EqualTo(new[] { 3, 4, 5 }.SelectMany((depth, number) => Enumerable.Range(0, depth).Select(z => ($"case{number}", z)))));
        Assert.That(rows.Select(row => (row.Height, row.Width, row.SpacingX, row.SpacingY, row.SpacingZ)).Distinct(), Is.EqualTo(new[] { (4, 5, 0.5f, 0.75f, 2f) }));
        Assert.That(rows.Select(row => row.Position), Is.EqualTo(Enumerable.Range(0, 12)));
        Assert.That(rows.Select(row => row.Batch), Is.All.Zero);
        foreach (var row in rows)
        {
            Assert.That(row.Image.Select(MemoryFiles.Origin), Is.EqualTo(Enumerable.Range(row.Slice * 20, 20).Select(place => (int.Parse(row.Case[4..]), place))));
            Assert.That(row.Label, Is.EqualTo(Enumerable.Range(row.Slice * 20, 20).Select(place => (byte)(place % 9))));
        }
    }

    [Test]
    public void Making_the_view_reads_each_header_once_and_no_voxel()
    {
        _ = Create(3, out var files);

        Assert.That(files.HeadersRead, Has.Count.EqualTo(6));
        Assert.That(files.HeadersRead.Values, Is.All.EqualTo(1));
        Assert.That(files.ImagesRead.Concat(files.LabelsRead), Is.Empty);
    }

    [Test]
    public void A_pass_over_everything_but_voxels_decodes_nothing()
    {
        var view = Create(3, out var files);
        using var cursor = view.Cursor("Case", "Slice", "Height", "Width", "SpacingX", "SpacingY", "SpacingZ");

        while (cursor.MoveNext())
        {
            _ = (cursor.Value<ReadOnlyMemory<char>>("Case"), cursor.Value<int>("Slice"), cursor.Value<int>("Height"), cursor.Value<int>("Width"), cursor.Value<float>("SpacingZ"));
        }

        Assert.That(files.ImagesRead.Concat(files.LabelsRead), Is.Empty);
    }

    [Test]
    public void A_pass_over_images_reads_no_label_and_the_other_way_round()
    {
        var images = Create(3, out var imageFiles);
        var labels = Create(3, out var labelFiles);

        Visit<float>(images, "Image");
        Visit<byte>(labels, "Label");

        Assert.That(imageFiles.LabelsRead, Is.Empty);
        Assert.That(imageFiles.ImagesRead.Values, Is.EqualTo(new[] { 1, 1, 1 }));
        Assert.That(labelFiles.ImagesRead, Is.Empty);
        Assert.That(labelFiles.LabelsRead.Values, Is.EqualTo(new[] { 1, 1, 1 }));
    }

    [Test]
    public void Rows_that_nobody_reads_are_not_decoded()
    {
        var view = Create(3, out var files);
        using var cursor = view.Cursor("Case", "Image");
        var image = cursor.GetGetter<VBuffer<float>>(view.Schema["Image"]);
        Assert.That(files.ImagesRead, Is.Empty, "a getter alone reads nothing");
        VBuffer<float> value = default;

        while (cursor.MoveNext())
        {
            if (cursor.Value<ReadOnlyMemory<char>>("Case").ToString() == "case1")
            {
                image(ref value);
            }
        }

        Assert.That(files.ImagesRead.Keys, Is.EqualTo(new[] { "case1.img" }));
    }

    [Test]
    public void An_unshuffled_pass_holds_one_volume_at_a_time_and_none_at_its_end()
    {
        var view = Create(5, out var files);
        using var cursor = view.Cursor("Image");
        VBuffer<float> value = default;
        var image = cursor.GetGetter<VBuffer<float>>(view.Schema["Image"]);

        while (cursor.MoveNext())
        {
            image(ref value);
            Assert.That(files.Alive, Is.EqualTo(1));
        }

        Assert.That(files.Alive, Is.Zero);
        Assert.That(files.ImagesRead, Has.Count.EqualTo(5));
    }

    [Test]
    public void A_disposed_cursor_lets_go_and_has_no_further_rows()
    {
        var view = Create(2, out var files);
        var cursor = view.Cursor("Image");
        cursor.MoveNext();
        _ = cursor.Value<VBuffer<float>>("Image");

        cursor.Dispose();

        Assert.That(cursor.MoveNext(), Is.False);
        Assert.That(files.Alive, Is.Zero);
        Assert.That(cursor.Position, Is.EqualTo(-1));
    }

    [Test]
    public void Reading_off_a_row_is_refused()
    {
        using var cursor = Create(1, out _).Cursor("Case");

        Assert.That(() => cursor.Value<ReadOnlyMemory<char>>("Case"), Throws.InvalidOperationException.With.Message.Contains("MoveNext"));
        Assert.That(cursor.Position, Is.EqualTo(-1));
        while (cursor.MoveNext())
        {
        }
        Assert.That(() => cursor.Value<ReadOnlyMemory<char>>("Case"), Throws.InvalidOperationException);
        Assert.That(cursor.MoveNext(), Is.False);
    }

    [Test]
    public void A_column_that_was_not_asked_for_or_is_of_another_type_is_refused()
    {
        using var cursor = Create(1, out _).Cursor("Case", "Slice");

        Assert.That(() => cursor.Value<VBuffer<float>>("Image"), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("Image"));
        Assert.That(() => cursor.Value<float>("Slice"), Throws.ArgumentException.With.Message.Contains("Slice").And.Message.Contains("Single"));
        Assert.That(cursor.IsColumnActive(cursor.Schema["Slice"]), Is.True);
        Assert.That(cursor.IsColumnActive(cursor.Schema["Label"]), Is.False);
    }

    [Test]
    public void A_row_can_be_read_twice()
    {
        using var cursor = Create(1, out _).Cursor("Image");
        cursor.MoveNext();

        var first = cursor.Value<VBuffer<float>>("Image").DenseValues().ToArray();
        var again = cursor.Value<VBuffer<float>>("Image").DenseValues().ToArray();

        Assert.That(again, Is.EqualTo(first).And.Length.EqualTo(20));
    }

    [TestCase("LPS", 4, 5, 0.5f, 0.75f, 2f)]
    [TestCase("ASR", 2, 4, 0.75f, 2f, 0.5f)]
    [TestCase("SRA", 5, 2, 2f, 0.5f, 0.75f)]
    public void Size_and_spacing_are_those_of_the_reoriented_slice(string codes, int height, int width, float x, float y, float z)
    {
        var files = new MemoryFiles();
        var grid = Geometry.Unplaced(2, 4, 5, 0.5, 0.75, 2);
        var view = SliceDataView.Create([files.Add(0, grid)], new() { Orientation = codes }, files);
        var expected = Orientation.Reorient(files.ReadChannels("case0.img")[0], codes);

        var rows = view.Read();

        Assert.That(view.GetRowCount(), Is.EqualTo(expected.Geometry.Depth));
        Assert.That(rows.Select(row => (row.Height, row.Width, row.SpacingX, row.SpacingY, row.SpacingZ)), Is.All.EqualTo((height, width, x, y, z)));
        Assert.That(rows.SelectMany(row => row.Image), Is.EqualTo(expected.Voxels));
        Assert.That(rows.SelectMany(row => row.Label), Is.EqualTo(Orientation.Reorient(files.ReadLabels("case0.lab"), codes).Voxels.Select(id => (byte)id)));
    }

    [Test]
    public void Files_without_a_known_place_are_sliced_as_stored()
    {
        var files = new MemoryFiles { HasGeometry = false };

        var row = SliceDataView.Create(files.AddVolumes(1), new() { Orientation = "SAR" }, files).Read()[0];

        Assert.That((row.Height, row.Width, row.SpacingZ), Is.EqualTo((4, 5, 2f)));
        Assert.That(row.Image.Select(MemoryFiles.Origin), Is.EqualTo(Enumerable.Range(0, 20).Select(place => (0, place))));
    }

    private static SliceDataView Create(int cases, out MemoryFiles files)
    {
        files = new();
        return SliceDataView.Create(files.AddVolumes(cases), AsStored, files);
    }

    private static void Visit<T>(IDataView view, string column)
    {
        using var cursor = view.Cursor(column);
        while (cursor.MoveNext())
        {
            _ = cursor.Value<VBuffer<T>>(column);
        }
    }
}
