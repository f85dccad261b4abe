using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Transforms.Tests.Rows;

public class ClassNamesTests
{
    private static DataViewSchema.Column Column(DataViewSchema.Annotations? annotations)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Label", new VectorDataViewType(NumberDataViewType.Byte), annotations);
        return builder.ToSchema()["Label"];
    }

    [Test]
    public void Names_come_back_in_order() =>
        Assert.That(ClassNames.TryRead(Column(ClassNames.ToAnnotations(["liver", "left kidney", "Milz"]))), Is.EqualTo(new[] { "liver", "left kidney", "Milz" }));

    [Test]
    public void A_column_without_them_has_none()
    {
        var other = new DataViewSchema.Annotations.Builder();
        other.AddPrimitiveValue(ClassNames.Kind, NumberDataViewType.Int32, 3);
        Assert.That(ClassNames.TryRead(Column(null)), Is.Null);
        Assert.That(ClassNames.TryRead(Column(other.ToAnnotations())), Is.Null, "the annotation of that name is no list of text");
    }
}
