using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows.Saving;

namespace SAMed.MLNet.Transforms.Tests.Rows.Saving;

[TestFixture]
internal sealed class SavedPipelineTests
{
    private static readonly MLContext Ml = new(1);

    private static IEnumerable<Slice> Slices(int count) => Enumerable.Range(0, count).Select(Slice.Make);

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
        using var engine = Ml.Model.CreatePredictionEngine<Slice, Prepared>(new MLContext().Model.Load(folder.File("model.zip"), out _));
        var slice = Slice.Make(7);
        var windowed = new float[slice.Image.Length];
        HuWindow.Normalize(slice.Image, windowed, -125, 275);
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

    internal sealed class Slice
    {
        public int Height { get; set; }

        public int Width { get; set; }

        public float[] Image { get; set; } = [];

        public byte[] Label { get; set; } = [];

        public static Slice Make(int seed)
        {
            var random = new Random(seed);
            var (height, width) = (random.Next(4, 12), random.Next(4, 12));
            return new()
            {
                Height = height,
                Width = width,
                Image = [.. Enumerable.Range(0, height * width).Select(_ => (random.NextSingle() * 600) - 200)],
                Label = [.. Enumerable.Range(0, height * width).Select(_ => (byte)random.Next(4))],
            };
        }
    }

    internal sealed class Prepared
    {
        public float[] Features { get; set; } = [];
    }
}
