using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Transforms.Tests;

public class ResizeSliceTests
{
    private static readonly MLContext Ml = new(1);

    /// <summary>One row "Image" [height, width] whose type says its size, beside a Height column that says something else.</summary>
    private static IDataView Fixed(float[] image, int height, int width)
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        definition["Image"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, height, width);
        return Ml.Data.LoadFromEnumerable([new Row { Image = image, Height = 1, Width = 1 }], definition);
    }

    private static float[] Noise(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];
    }

    private static float[] Resized(float[] image, int height, int width, int size, SplineOrder order = SplineOrder.Cubic, ZoomEdge edge = ZoomEdge.Exact)
    {
        var result = new float[size * size];
        SplineResize.Resize(image, height, width, result, size, size, order, edge);
        return result;
    }

    private static T[] Only<T>(IDataView data, string column) => data.GetColumn<T[]>(column).Single();

    [TestCase(SplineOrder.Cubic, ZoomEdge.Exact)]
    [TestCase(SplineOrder.Cubic, ZoomEdge.Paper)]
    [TestCase(SplineOrder.Nearest, ZoomEdge.Paper)]
    public void Images_512_to_224_and_back_equal_the_array_maths(SplineOrder order, ZoomEdge edge)
    {
        var image = Noise(512 * 512);
        var data = Fixed(image, 512, 512);
        var small = Ml.Transforms.ResizeSlice("Small", "Image", 224, order, edge);
        var model = small.Append(Ml.Transforms.ResizeSlice("Large", "Small", 512, order, edge)).Fit(data);
        var view = model.Transform(data);
        var expected = Resized(image, 512, 512, 224, order, edge);
        Assert.That(Only<float>(view, "Small"), Is.EqualTo(expected));
        Assert.That(Only<float>(view, "Large"), Is.EqualTo(Resized(expected, 224, 224, 512, order, edge)));
        Assert.That(view.Schema["Small"].Type, Is.EqualTo(new VectorDataViewType(NumberDataViewType.Single, 224, 224)));
        Assert.That((model.LastTransformer.OutputColumnName, model.LastTransformer.InputColumnName, model.LastTransformer.Size, model.LastTransformer.Order, model.LastTransformer.Edge),
            Is.EqualTo(("Large", "Small", 512, order, edge)));
    }

    [Test]
    public void Slices_of_any_size_are_resized_by_their_size_columns()
    {
        var slices = Enumerable.Range(0, 6).Select(TestSlice.Make).ToArray();
        var data = Ml.Data.LoadFromEnumerable(slices);
        var model = Ml.Transforms.NormalizeSlice("Image").Append(Ml.Transforms.ResizeSlice("Image", size: 7)).Append(Ml.Transforms.ResizeSlice("Label", size: 9, order: SplineOrder.Nearest));
        var view = model.Fit(data).Transform(data);
        var (images, labels) = (view.GetColumn<float[]>("Image").ToArray(), view.GetColumn<byte[]>("Label").ToArray());
        for (var i = 0; i < slices.Length; i++)
        {
            var (height, width) = (slices[i].Height, slices[i].Width);
            var windowed = new float[height * width];
            HuWindow.Normalize(slices[i].Image, windowed, -125, 275);
            NonFinite.ToZero(windowed);
            var label = new byte[81];
            SplineResize.ResizeNearest<byte>(slices[i].Label, height, width, label, 9, 9, ZoomEdge.Exact);
            Assert.That(images[i], Is.EqualTo(Resized(windowed, height, width, 7)));
            Assert.That(labels[i], Is.EqualTo(label));
        }
        Assert.That(view.Schema["Label"].Type, Is.EqualTo(new VectorDataViewType(NumberDataViewType.Byte, 9, 9)));
        Assert.That(view.GetColumn<int>("Height"), Is.EqualTo(slices.Select(slice => slice.Height)), "it stays the size in the file");
    }

    [Test]
    public void A_cubic_spline_takes_what_has_no_value_for_0_and_nearest_keeps_it()
    {
        float[] image = [1, 2, float.NaN, 4, 5, 6, 7, float.PositiveInfinity, 9];
        float[] zeros = [1, 2, 0, 4, 5, 6, 7, 0, 9];
        var data = Fixed(image, 3, 3);
        var estimator = Ml.Transforms.ResizeSlice("Cubic", "Image", 5).Append(Ml.Transforms.ResizeSlice("Same", "Image", 3)).Append(Ml.Transforms.ResizeSlice("Nearest", "Image", 6, SplineOrder.Nearest));
        var view = estimator.Fit(data).Transform(data);
        Assert.That(Only<float>(view, "Cubic"), Is.EqualTo(Resized(zeros, 3, 3, 5)));
        Assert.That(Only<float>(view, "Same"), Is.EqualTo(zeros));
        Assert.That(Only<float>(view, "Nearest"), Is.EqualTo(Resized(image, 3, 3, 6, SplineOrder.Nearest)));
        Assert.That(Only<float>(view, "Image"), Is.EqualTo(image), "the source is not touched");
    }

    [Test]
    public void Class_names_stay_and_names_of_single_pixels_go()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(ClassNames.ToAnnotations(["liver", "spleen"]), _ => true);
        builder.Add("SlotNames", new VectorDataViewType(TextDataViewType.Instance, 4), (ref VBuffer<ReadOnlyMemory<char>> names) => names = new(4, new ReadOnlyMemory<char>[4]));
        var schema = new DataViewSchema.Builder();
        schema.AddColumn("Label", new VectorDataViewType(NumberDataViewType.Byte, 2, 2), builder.ToAnnotations());
        var input = schema.ToSchema();
        var column = new ResizeSliceTransformer(new("Label", "Label", 3, SplineOrder.Nearest, ZoomEdge.Exact, "Height", "Width")).GetOutputSchema(input)["Label"];
        Assert.That(ClassNames.TryRead(column), Is.EqualTo(new[] { "liver", "spleen" }));
        Assert.That(column.HasSlotNames(), Is.False);
    }

    [Test]
    public void Size_columns_are_needed_only_where_the_type_is_silent()
    {
        var known = Fixed(new float[4], 2, 2);
        var variable = Ml.Data.LoadFromEnumerable([new Row { Image = new float[4], Height = 2, Width = 2 }]);
        var estimator = Ml.Transforms.ResizeSlice("Out", "Image", 3);
        Assert.That(Needed(estimator, known), Is.EquivalentTo(new[] { "Image" }));
        Assert.That(Needed(estimator, variable), Is.EquivalentTo(new[] { "Image", "Height", "Width" }));
    }

    private static IEnumerable<string> Needed(ResizeSliceEstimator estimator, IDataView data)
    {
        var mapper = estimator.Fit(data).GetRowToRowMapper(data.Schema);
        return mapper.GetDependencies([mapper.OutputSchema["Out"]]).Select(column => column.Name);
    }

    [Test]
    public void One_column_may_say_both_sides_of_square_slices()
    {
        var data = Ml.Data.LoadFromEnumerable([new Row { Image = Noise(25), Height = 5 }]);
        var model = Ml.Transforms.ResizeSlice("Image", size: 3, heightColumnName: "Height", widthColumnName: "Height").Fit(data);
        using var file = new MemoryStream();
        Ml.Model.Save(model, data.Schema, file);
        file.Position = 0;
        var expected = Resized(Noise(25), 5, 5, 3);
        Assert.That(Only<float>(model.Transform(data), "Image"), Is.EqualTo(expected));
        Assert.That(Only<float>(Ml.Model.Load(file, out _).Transform(data), "Image"), Is.EqualTo(expected));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_size_that_the_type_said_at_the_fit_holds_where_the_type_is_lost(bool saved)
    {
        var image = Noise(12);
        var data = Fixed(image, 3, 4);
        ITransformer model = Ml.Transforms.ResizeSlice("Image", size: 5).Fit(data);
        if (saved)
        {
            using var file = new MemoryStream();
            Ml.Model.Save(model, data.Schema, file);
            file.Position = 0;
            model = Ml.Model.Load(file, out _);
        }
        using var engine = Ml.Model.CreatePredictionEngine<OnlyImage, OnlyImage>(model);
        Assert.That(engine.Predict(new() { Image = image }).Image, Is.EqualTo(Resized(image, 3, 4, 5)));
        Assert.That(() => engine.Predict(new() { Image = new float[13] }),
            Throws.Exception.With.Message.Contains("'Image' holds 13 values").And.Message.Contains("expected 12 for a slice of 3×4"));
    }

    [Test]
    public void A_row_of_another_length_is_named()
    {
        var data = Ml.Data.LoadFromEnumerable([new Row { Image = new float[6], Height = 2, Width = 3 }, new Row { Image = new float[7], Height = 2, Width = 3 }]);
        var view = Ml.Transforms.ResizeSlice("Image", size: 3).Fit(data).Transform(data);
        Assert.That(() => view.GetColumn<float[]>("Image").ToArray(),
            Throws.InvalidOperationException.With.Message.Contains("'Image' holds 7 values in row 1; expected 6 for a slice of 2×3, the size that the columns 'Height' and 'Width' say"));
    }

    [Test]
    public void The_shape_says_a_fixed_vector_of_the_items_of_the_input()
    {
        SchemaShape input = new([SchemaShapes.Vector<float>("Image", NumberDataViewType.Single, true), SchemaShapes.Vector<byte>("Label", NumberDataViewType.Byte, true)]);
        var shape = Ml.Transforms.ResizeSlice("Image").Append(Ml.Transforms.ResizeSlice("Label", order: SplineOrder.Nearest)).GetOutputSchema(input);
        Assert.That(shape.Select(column => (column.Name, column.Kind, column.ItemType)), Is.EquivalentTo(new[]
        {
            ("Image", SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single), ("Label", SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Byte),
        }));
    }

    [Test]
    public void Cubic_labels_are_an_error_that_names_column_order_and_way_out()
    {
        var data = Ml.Data.LoadFromEnumerable([TestSlice.Make(1)]);
        Action[] doors =
        [
            () => Ml.Transforms.ResizeSlice("Label").Fit(data),
            () => Ml.Transforms.ResizeSlice("Label").GetOutputSchema(new([SchemaShapes.Vector<byte>("Label", NumberDataViewType.Byte, true)])),
        ];
        foreach (var enter in doors)
        {
            Assert.That(() => enter(), Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("'Label'").And.Message.Contains("Cubic").And.Message.Contains("SplineOrder.Nearest"));
        }
    }

    [Test]
    public void Missing_columns_and_wrong_types_are_named_at_every_door()
    {
        var slices = Ml.Data.LoadFromEnumerable([TestSlice.Make(1)]);
        var alone = Ml.Data.LoadFromEnumerable([new OnlyImage()]);
        SchemaShape shape = new([SchemaShapes.Vector<float>("Image", NumberDataViewType.Single, false)]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Ml.Transforms.ResizeSlice("Picture").Fit(slices), Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("slice column 'Picture'"));
            Assert.That(() => Ml.Transforms.ResizeSlice("Picture").GetOutputSchema(shape), Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("slice column 'Picture'"));
            Assert.That(() => Ml.Transforms.ResizeSlice("Height").Fit(slices),
                Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("'Height': expected Vector<Single> or Vector<Byte>, got Int32"));
            Assert.That(() => Ml.Transforms.ResizeSlice("Image").Fit(alone), Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("no column 'Height'"));
            Assert.That(() => Ml.Transforms.ResizeSlice("Image").GetOutputSchema(shape), Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("height column 'Height'"));
            Assert.That(() => Ml.Transforms.ResizeSlice("Image", heightColumnName: "Label").Fit(slices),
                Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("height column 'Label': expected Int32, got Vector<Byte>"));
        }
    }

    [Test]
    public void Wrong_arguments_are_refused_at_once()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Ml.Transforms.ResizeSlice("Image", size: 0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("size"));
            Assert.That(() => Ml.Transforms.ResizeSlice("Image", size: 16385), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("16384"));
            Assert.That(() => Ml.Transforms.ResizeSlice("Image", order: (SplineOrder)2), Throws.ArgumentException.With.Property("ParamName").EqualTo("order"));
            Assert.That(() => Ml.Transforms.ResizeSlice("Image", edge: (ZoomEdge)2), Throws.ArgumentException.With.Property("ParamName").EqualTo("edge"));
            Assert.That(() => Ml.Transforms.ResizeSlice(""), Throws.ArgumentException);
            Assert.That(() => Ml.Transforms.ResizeSlice("Image", widthColumnName: ""), Throws.ArgumentException.With.Property("ParamName").EqualTo("widthColumnName"));
            Assert.That(() => Ml.Transforms.ResizeSlice("Image").Fit(null!), Throws.ArgumentNullException);
        }
    }

    private sealed class Row
    {
        public float[] Image { get; set; } = [];

        public int Height { get; set; }

        public int Width { get; set; }
    }

    private sealed class OnlyImage
    {
        public float[] Image { get; set; } = [];
    }
}
