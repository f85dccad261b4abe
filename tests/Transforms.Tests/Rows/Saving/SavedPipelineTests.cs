using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using SAMed.MLNet.Transforms.Rows.Saving;

namespace SAMed.MLNet.Transforms.Tests.Rows.Saving;

[TestFixture]
internal sealed class SavedPipelineTests
{
    private static readonly MLContext Ml = new(1);

    private static IEnumerable<TestSlice> Slices(int count) => Enumerable.Range(0, count).Select(TestSlice.Make);

    private static EstimatorChain<ResizeSliceTransformer> Pipeline() => Ml.Transforms.NormalizeSlice("Features", "Image")
        .Append(Ml.Transforms.ResizeSlice("Features", size: 6))
        .Append(Ml.Transforms.ResizeSlice("Label", size: 6, order: SplineOrder.Nearest), TransformerScope.TrainTest);

    [Test]
    public void A_plainly_loaded_model_gives_the_same_values()
    {
        using var folder = new TempFolder();
        var data = Ml.Data.LoadFromEnumerable(Slices(5));
        var model = Pipeline().Fit(data);
        Ml.Model.Save(model, data.Schema, folder.File("model.zip"));
        var loaded = new MLContext().Model.Load(folder.File("model.zip"), out _);
        var expected = Ml.Data.CreateEnumerable<Prepared>(model.Transform(data), reuseRowObject: false).ToArray();
        var got = Ml.Data.CreateEnumerable<Prepared>(loaded.Transform(data), reuseRowObject: false).ToArray();
        Assert.That(got.Select(row => row.Features), Is.EqualTo(expected.Select(row => row.Features)));
        Assert.That(loaded.GetOutputSchema(data.Schema).Where(column => !column.IsHidden).Select(column => column.Name), Has.None.StartsWith("samed."));
    }

    [Test]
    public void A_plainly_loaded_model_feeds_a_prediction_engine()
    {
        using var folder = new TempFolder();
        var data = Ml.Data.LoadFromEnumerable(Slices(2));
        Ml.Model.Save(Pipeline().Fit(data), data.Schema, folder.File("model.zip"));
        using var engine = Ml.Model.CreatePredictionEngine<TestSlice, Prepared>(new MLContext().Model.Load(folder.File("model.zip"), out _));
        var slice = TestSlice.Make(7);
        var windowed = new float[slice.Image.Length];
        HuWindow.Normalize(slice.Image, windowed, -125, 275);
        NonFinite.ToZero(windowed);
        var expected = new float[36];
        SplineResize.Resize(windowed, slice.Height, slice.Width, expected, 6, 6, SplineOrder.Cubic, ZoomEdge.Exact);
        Assert.That(engine.Predict(slice).Features, Is.EqualTo(expected));
    }

    [Test]
    public void Typed_transformers_and_their_scopes_come_back()
    {
        using var folder = new TempFolder();
        var data = Ml.Data.LoadFromEnumerable(Slices(2));
        Ml.Model.Save(Pipeline().Fit(data), data.Schema, folder.File("model.zip"));
        var rebuilt = SavedTransformers.Rebuild(Ml.Model.Load(folder.File("model.zip"), out _), new Dictionary<string, Func<SavedState, ITransformer>>());
        Assert.That(rebuilt.Select(part => part.Transformer.GetType()), Is.EqualTo(new[] { typeof(NormalizeSliceTransformer), typeof(ResizeSliceTransformer), typeof(ResizeSliceTransformer) }));
        Assert.That(rebuilt.Select(part => part.Scope), Is.EqualTo(new[] { TransformerScope.Everything, TransformerScope.Everything, TransformerScope.TrainTest }));
        Assert.That(((ResizeSliceTransformer)rebuilt[2].Transformer).OutputColumnName, Is.EqualTo("Label"));
    }

    [Test]
    public void The_typed_model_gives_the_values_and_types_of_the_one_that_was_saved()
    {
        var data = Ml.Data.LoadFromEnumerable(Slices(5));
        var model = Pipeline().Fit(data);
        var parts = SavedTransformers.Rebuild(Reload(model, data), NoOthers);
        var rebuilt = new TransformerChain<ITransformer>(parts.Select(part => part.Transformer), parts.Select(part => part.Scope));
        var (expected, got) = (model.Transform(data), rebuilt.Transform(data));
        Assert.That(got.GetColumn<float[]>("Features"), Is.EqualTo(expected.GetColumn<float[]>("Features")));
        Assert.That(got.Schema.Select(column => (column.Name, column.Type)), Is.EqualTo(expected.Schema.Select(column => (column.Name, column.Type))));
    }

    [Test]
    public void Transformers_of_ML_NET_and_of_other_kinds_come_back_in_their_places()
    {
        var data = Ml.Data.LoadFromEnumerable(Slices(1));
        var sum = new WeightedSum(SavedState.Of(WeightedSum.Kind, new Weight(2)), ("Image", "Height"), "Total", null);
        var model = new TransformerChain<ITransformer>(
            Ml.Transforms.CopyColumns("Copy", "Image").Fit(data), new TransformerChain<ITransformer>(sum, Ml.Transforms.NormalizeSlice("Image").Fit(data)));
        var parts = SavedTransformers.Rebuild(Reload(model, data), new Dictionary<string, Func<SavedState, ITransformer>>
        {
            [WeightedSum.Kind] = state => new WeightedSum(state, ("Image", "Height"), "Total", null),
        });
        Assert.That(parts.Select(part => part.Transformer), Is.EqualTo(new[] { typeof(ColumnCopyingTransformer), typeof(WeightedSum), typeof(NormalizeSliceTransformer) })
            .Using<ITransformer, Type>((part, type) => part.GetType() == type));
    }

    [Test]
    public void A_lone_transformer_comes_back_too()
    {
        var data = Ml.Data.LoadFromEnumerable(Slices(1));
        var part = SavedTransformers.Rebuild(Reload(Ml.Transforms.NormalizeSlice("Out", "Image", -1, 1).Fit(data), data), NoOthers).Single();
        Assert.That((part.Scope, ((NormalizeSliceTransformer)part.Transformer).WindowMax), Is.EqualTo((TransformerScope.Everything, 1f)));
    }

    [Test]
    public void A_kind_that_nobody_knows_is_named_with_the_version_that_wrote_it()
    {
        var data = Ml.Data.LoadFromEnumerable(Slices(1));
        var sum = new WeightedSum(SavedState.Of(WeightedSum.Kind, new Weight(2)) with { Writer = "5.6.7" }, ("Image", "Height"), "Total", null);
        Assert.That(() => SavedTransformers.Rebuild(Reload(sum, data), NoOthers),
            Throws.TypeOf<SavedModelException>().With.Message.Contains(WeightedSum.Kind).And.Message.Contains("5.6.7").And.Message.Contains(SavedState.ThisVersion));
    }

    [Test]
    public void A_state_of_a_later_format_is_refused_when_it_is_rebuilt()
    {
        var data = Ml.Data.LoadFromEnumerable(Slices(1));
        var sum = new WeightedSum(SavedState.Of(WeightedSum.Kind, new Weight(2)) with { FormatVersion = 2, Writer = "5.6.7" }, ("Image", "Height"), "Total", null);
        Assert.That(() => SavedTransformers.Rebuild(Reload(sum, data), NoOthers), Throws.TypeOf<SavedModelException>().With.Message.Contains("5.6.7").And.Message.Contains("format 2"));
    }

    private static readonly Dictionary<string, Func<SavedState, ITransformer>> NoOthers = [];

    private static ITransformer Reload(ITransformer model, IDataView data)
    {
        using var file = new MemoryStream();
        Ml.Model.Save(model, data.Schema, file);
        file.Position = 0;
        return new MLContext().Model.Load(file, out _);
    }

    internal sealed class Prepared
    {
        public float[] Features { get; set; } = [];
    }
}
