using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Transforms.Tests.Rows;

public class SchemaShapesTests
{
    [Test]
    public void Vectors_are_of_the_name_type_and_kind_asked_for()
    {
        var image = SchemaShapes.Vector<float>("Image", NumberDataViewType.Single, fixedSize: true);
        var label = SchemaShapes.Vector<byte>("Label", NumberDataViewType.Byte, fixedSize: false);
        Assert.That((image.Name, image.Kind, image.ItemType, image.IsKey), Is.EqualTo(("Image", SchemaShape.Column.VectorKind.Vector, (DataViewType)NumberDataViewType.Single, false)));
        Assert.That((label.Name, label.Kind, label.ItemType, label.IsKey), Is.EqualTo(("Label", SchemaShape.Column.VectorKind.VariableVector, (DataViewType)NumberDataViewType.Byte, false)));
    }

    [Test]
    public void A_new_column_takes_the_place_of_one_of_its_name()
    {
        SchemaShape shape = new([SchemaShapes.Vector<float>("A", NumberDataViewType.Single, false), SchemaShapes.Vector<float>("B", NumberDataViewType.Single, false)]);
        var with = SchemaShapes.With(shape, SchemaShapes.Vector<byte>("A", NumberDataViewType.Byte, true));
        Assert.That(with.Select(column => column.Name), Is.EquivalentTo(new[] { "A", "B" }));
        Assert.That(with.Single(column => column.Name == "A").ItemType, Is.EqualTo(NumberDataViewType.Byte));
    }
}
