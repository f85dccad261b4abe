using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Transforms.Tests.Rows;

public class InputColumnsTests
{
    private static readonly DataViewSchema Schema = Make();

    private static readonly SchemaShape Shape = new(
    [
        SchemaShapes.Vector<float>("Image", NumberDataViewType.Single, fixedSize: false),
        SchemaShapes.Vector<byte>("Label", NumberDataViewType.Byte, fixedSize: true),
    ]);

    private static DataViewSchema Make()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Image", TextDataViewType.Instance);
        builder.AddColumn("Image", new VectorDataViewType(NumberDataViewType.Single));
        builder.AddColumn("Height", NumberDataViewType.Int32);
        builder.AddColumn("Width", NumberDataViewType.Int64);
        builder.AddColumn("Code", new KeyDataViewType(typeof(uint), 5));
        return builder.ToSchema();
    }

    [Test]
    public void The_column_that_is_seen_under_a_name_is_found() =>
        Assert.That(InputColumns.RequireVector(Schema, "Image", "image", NumberDataViewType.Byte, NumberDataViewType.Single).Index, Is.EqualTo(1));

    [Test]
    public void A_missing_column_is_named_with_its_role_and_those_that_are_there() =>
        Assert.That(() => InputColumns.RequireVector(Schema, "Picture", "image", NumberDataViewType.Single),
            Throws.TypeOf<SchemaMismatchException>().With.Property("ColumnName").EqualTo("Picture").And.Property("ParamName").EqualTo("inputSchema")
                .And.Message.Contains("image column 'Picture'").And.Message.Contains("Image, Height, Width, Code").And.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void A_wrong_item_type_is_named_with_all_that_would_do() =>
        Assert.That(() => InputColumns.RequireVector(Schema, "Image", "label", NumberDataViewType.Byte, NumberDataViewType.UInt16),
            Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("label column 'Image': expected Vector<Byte> or Vector<UInt16>, got Vector<Single>"));

    [Test]
    public void Scalars_are_no_vectors_and_the_other_way_round()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => InputColumns.RequireVector(Schema, "Height", "image", NumberDataViewType.Int32), Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("got Int32"));
            Assert.That(() => InputColumns.RequireScalar(Schema, "Image", "height", NumberDataViewType.Single), Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("got Vector<Single>"));
            Assert.That(() => InputColumns.RequireScalar(Schema, "Code", "height", NumberDataViewType.UInt32), Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("got Key"));
            Assert.That(InputColumns.RequireScalar(Schema, "Height", "height", NumberDataViewType.Int32).Index, Is.EqualTo(2));
        }
    }

    [Test]
    public void An_optional_column_may_be_missing_but_not_of_another_type()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(InputColumns.FindScalar(Schema, "Depth", "depth", NumberDataViewType.Int32), Is.Null);
            Assert.That(InputColumns.FindScalar(Schema, "Height", "height", NumberDataViewType.Int32)?.Index, Is.EqualTo(2));
            Assert.That(() => InputColumns.FindScalar(Schema, "Width", "width", NumberDataViewType.Int32), Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("expected Int32, got Int64"));
        }
    }

    [Test]
    public void Shapes_are_asked_in_the_same_way()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(InputColumns.RequireVector(Shape, "Image", "image", NumberDataViewType.Single).Name, Is.EqualTo("Image"));
            Assert.That((InputColumns.Has(Shape, "Label"), InputColumns.Has(Shape, "label")), Is.EqualTo((true, false)));
            Assert.That(() => InputColumns.RequireVector(Shape, "Picture", "image", NumberDataViewType.Single),
                Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("'Picture'").And.Message.Contains("Image, Label"));
            Assert.That(() => InputColumns.RequireVector(Shape, "Label", "image", NumberDataViewType.Single),
                Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("expected Vector<Single>, got Vector<Byte>"));
            Assert.That(() => InputColumns.RequireScalar(Shape, "Image", "height", NumberDataViewType.Single),
                Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("expected Single, got VarVector<Single>"));
        }
    }
}
