using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Transforms.Tests;

public class NormalizeSliceTests
{
    private static readonly MLContext Ml = new(1);

    private static IDataView Data(params float[][] images) => Ml.Data.LoadFromEnumerable(images.Select(image => new Row { Image = image }));

    private static float[][] Column(IDataView data, string name) => [.. data.GetColumn<float[]>(name)];

    [Test]
    public void The_window_becomes_0_to_1_and_what_has_no_value_0()
    {
        var data = Data([-300, -125, 75, 275, 900, float.NaN, float.PositiveInfinity, float.NegativeInfinity], [-25]);
        var normalized = Ml.Transforms.NormalizeSlice("Image").Fit(data).Transform(data);
        Assert.That(Column(normalized, "Image"), Is.EqualTo(new float[][] { [0, 0, 0.5f, 1, 1, 0, 1, 0], [0.25f] }));
    }

    [Test]
    public void Another_column_and_another_window_can_be_given()
    {
        var data = Data([0, 50, 100, 150]);
        var transformer = Ml.Transforms.NormalizeSlice("Windowed", "Image", lo: 50, hi: 150).Fit(data);
        var view = transformer.Transform(data);
        Assert.That(Column(view, "Windowed"), Is.EqualTo(new float[][] { [0, 0, 0.5f, 1] }));
        Assert.That(Column(view, "Image"), Is.EqualTo(new float[][] { [0, 50, 100, 150] }));
        Assert.That((transformer.OutputColumnName, transformer.InputColumnName, transformer.WindowMin, transformer.WindowMax, transformer.IsRowToRowMapper),
            Is.EqualTo(("Windowed", "Image", 50f, 150f, true)));
    }

    [Test]
    public void Sparse_values_are_zeros_of_the_file()
    {
        var data = Ml.Data.LoadFromEnumerable([new SparseRow { Image = new(5, 2, [275, -25], [1, 4]) }]);
        Assert.That(Column(Ml.Transforms.NormalizeSlice("Image").Fit(data).Transform(data), "Image").Single(), Is.EqualTo(new[] { 0.3125f, 1, 0.3125f, 0.3125f, 0.25f }));
    }

    [Test]
    public void Dimensions_and_annotations_of_the_column_stay()
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        definition["Image"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2, 3);
        definition["Image"].AddAnnotation("Modality", "CT".AsMemory(), TextDataViewType.Instance);
        var data = Ml.Data.LoadFromEnumerable([new Row { Image = new float[6] }], definition);
        var column = Ml.Transforms.NormalizeSlice("Image").Fit(data).GetOutputSchema(data.Schema)["Image"];
        ReadOnlyMemory<char> modality = default;
        column.Annotations.GetValue("Modality", ref modality);
        Assert.That((column.Type, modality.ToString()), Is.EqualTo(((DataViewType)new VectorDataViewType(NumberDataViewType.Single, 2, 3), "CT")));
    }

    [TestCase(true, SchemaShape.Column.VectorKind.Vector)]
    [TestCase(false, SchemaShape.Column.VectorKind.VariableVector)]
    public void The_shape_says_a_vector_of_the_same_kind(bool fixedSize, SchemaShape.Column.VectorKind kind)
    {
        var shape = Ml.Transforms.NormalizeSlice("Out", "In").GetOutputSchema(new([SchemaShapes.Vector<float>("In", NumberDataViewType.Single, fixedSize)]));
        Assert.That(shape.Select(column => (column.Name, column.Kind, column.ItemType)), Is.EquivalentTo(new[] { ("In", kind, NumberDataViewType.Single), ("Out", kind, NumberDataViewType.Single) }));
    }

    private static IEnumerable<TestCaseData> Doors()
    {
        var data = Data([1]);
        var estimator = Ml.Transforms.NormalizeSlice("Out", "Picture");
        var transformer = Ml.Transforms.NormalizeSlice("Picture", "Image").Append(estimator).Fit(data).LastTransformer;
        (string, Action)[] doors =
        [
            ("Fit", () => estimator.Fit(data)),
            ("Shape", () => estimator.GetOutputSchema(new([SchemaShapes.Vector<float>("Image", NumberDataViewType.Single, false)]))),
            ("Transform", () => transformer.Transform(data)),
            ("Schema", () => transformer.GetOutputSchema(data.Schema)),
            ("Mapper", () => transformer.GetRowToRowMapper(data.Schema)),
        ];
        return doors.Select(door => new TestCaseData(door.Item2).SetArgDisplayNames(door.Item1));
    }

    [TestCaseSource(nameof(Doors))]
    public void A_missing_column_is_an_error_at_every_door(Action enter) =>
        Assert.That(() => enter(), Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("image column 'Picture' is not in the data").And.Message.Contains("The columns are Image"));

    [Test]
    public void A_column_of_another_type_is_an_error_that_names_both()
    {
        var data = Ml.Data.LoadFromEnumerable([new TestSlice()]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Ml.Transforms.NormalizeSlice("Label").Fit(data),
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("'Label': expected Vector<Single>, got Vector<Byte>"));
            Assert.That(() => Ml.Transforms.NormalizeSlice("Height").Fit(data), Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("'Height': expected Vector<Single>, got Int32"));
            Assert.That(() => Ml.Transforms.NormalizeSlice("Label").GetOutputSchema(new([SchemaShapes.Vector<byte>("Label", NumberDataViewType.Byte, true)])),
                Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("expected Vector<Single>, got Vector<Byte>"));
        }
    }

    [TestCase(275, 275)]
    [TestCase(275, -125)]
    [TestCase(float.NaN, 1)]
    [TestCase(0, float.PositiveInfinity)]
    [TestCase(float.MinValue, float.MaxValue)]
    public void A_window_that_is_none_is_refused_at_once(float lo, float hi) =>
        Assert.That(() => Ml.Transforms.NormalizeSlice("Image", lo: lo, hi: hi), Throws.ArgumentException.With.Message.Contains("window").And.Property("ParamName").EqualTo("lo"));

    [Test]
    public void Nothing_and_no_name_are_refused()
    {
        var estimator = Ml.Transforms.NormalizeSlice("Image");
        var transformer = estimator.Fit(Data([1]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Ml.Transforms.NormalizeSlice(""), Throws.ArgumentException);
            Assert.That(() => ((TransformsCatalog)null!).NormalizeSlice("Image"), Throws.ArgumentNullException);
            Assert.That(() => estimator.Fit(null!), Throws.ArgumentNullException);
            Assert.That(() => estimator.GetOutputSchema(null!), Throws.ArgumentNullException);
            Assert.That(() => transformer.Transform(null!), Throws.ArgumentNullException);
            Assert.That(() => transformer.GetOutputSchema(null!), Throws.ArgumentNullException);
            Assert.That(() => transformer.GetRowToRowMapper(null!), Throws.ArgumentNullException);
        }
    }

    private sealed class Row
    {
        public float[] Image { get; set; } = [];
    }

    private sealed class SparseRow
    {
        public VBuffer<float> Image { get; set; }
    }
}
