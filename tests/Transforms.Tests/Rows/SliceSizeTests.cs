using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Transforms.Tests.Rows;

public class SliceSizeTests
{
    private static DataViewSchema Schema(VectorDataViewType image, DataViewType? height = null, DataViewType? width = null)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Image", image);
        builder.AddColumn("H", height ?? NumberDataViewType.Int32);
        if (width is not null)
        {
            builder.AddColumn("W", width);
        }
        return builder.ToSchema();
    }

    private static SliceSize Bind(DataViewSchema schema, (int, int)? fitted = null) => SliceSize.Bind(schema, schema["Image"], "H", "W", fitted);

    [Test]
    public void Two_dimensions_of_the_type_are_the_size_and_no_column_is_read()
    {
        var size = Bind(Schema(new(NumberDataViewType.Single, 4, 6)));
        Assert.That((size.Fixed, size.Dependencies), Is.EqualTo((((int, int)?)(4, 6), (IReadOnlyList<int>)[])));
    }

    [TestCase(new int[0])]
    [TestCase(new[] { 24 })]
    [TestCase(new[] { 0, 6 })]
    [TestCase(new[] { 4, 0 })]
    [TestCase(new[] { 2, 2, 6 })]
    public void Any_other_type_takes_it_from_the_columns(int[] dimensions)
    {
        var type = dimensions.Length == 0 ? new VectorDataViewType(NumberDataViewType.Single) : new VectorDataViewType(NumberDataViewType.Single, dimensions);
        var size = Bind(Schema(type, width: NumberDataViewType.Int32));
        Assert.That((size.Fixed, size.Dependencies), Is.EqualTo((((int, int)?)null, (IReadOnlyList<int>)[1, 2])));
    }

    [Test]
    public void Where_the_type_has_lost_the_size_that_of_the_fit_stands_in()
    {
        Assert.That(Bind(Schema(new(NumberDataViewType.Single)), (4, 6)).Fixed, Is.EqualTo((4, 6)));
        Assert.That(Bind(Schema(new(NumberDataViewType.Single, 3, 5)), (4, 6)).Fixed, Is.EqualTo((3, 5)));
    }

    [Test]
    public void A_missing_size_column_is_an_error_that_says_what_it_is_for() =>
        Assert.That(() => Bind(Schema(new(NumberDataViewType.Single))),
            Throws.TypeOf<SchemaMismatchException>().With.Property("ColumnName").EqualTo("W").And.Message.Contains("'Image'").And.Message.Contains("no column 'W'"));

    [Test]
    public void A_size_column_of_another_type_is_an_error() =>
        Assert.That(() => Bind(Schema(new(NumberDataViewType.Single), width: NumberDataViewType.Single)),
            Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("width column 'W': expected Int32, got Single"));

    [Test]
    public void The_columns_are_read_row_by_row()
    {
        var view = new MLContext().Data.LoadFromEnumerable([new Row { H = 2, W = 3 }, new Row { H = 5, W = 1 }]);
        var size = SliceSize.Bind(view.Schema, view.Schema["Image"], "H", "W");
        using var cursor = view.GetRowCursor(view.Schema);
        var read = size.CreateReader(cursor);
        cursor.MoveNext();
        var first = read();
        cursor.MoveNext();
        Assert.That((first, read()), Is.EqualTo(((2, 3), (5, 1))));
    }

    [Test]
    public void A_slice_of_another_length_is_an_error_that_says_where_and_who_said_so()
    {
        var byColumns = Bind(Schema(new(NumberDataViewType.Single), width: NumberDataViewType.Int32));
        var byType = Bind(Schema(new(NumberDataViewType.Single, 4, 6)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => byColumns.Check(24, (4, 6), 8), Throws.Nothing);
            Assert.That(() => byColumns.Check(23, (4, 6), 8),
                Throws.InvalidOperationException.With.Message.Contains("'Image' holds 23 values in row 8; expected 24 for a slice of 4×6, the size that the columns 'H' and 'W' say"));
            Assert.That(() => byType.Check(0, (4, 6), 0), Throws.InvalidOperationException.With.Message.EndsWith("a slice of 4×6."));
        }
    }

    [TestCase(0, 6, 0)]
    [TestCase(-4, -6, 24)]
    [TestCase(65536, 65536, 0)]
    public void Sizes_that_are_no_sizes_are_refused_even_where_the_product_fits(int height, int width, int length) =>
        Assert.That(() => Bind(Schema(new(NumberDataViewType.Single), width: NumberDataViewType.Int32)).Check(length, (height, width), 0),
            Throws.InvalidOperationException.With.Message.Contains($"{height}×{width}"));

    private sealed class Row
    {
        public int H { get; set; }

        public int W { get; set; }

        public float[] Image { get; set; } = [];
    }
}
