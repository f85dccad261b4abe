using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Transforms.Tests;

/// <summary>NormalizeSlice and ResizeSlice among ML.NET's own operators. Not in parallel with others: it counts how often images are read.</summary>
[NonParallelizable]
public class SlicePipelineTests
{
    private const int Rows = 23;
    private static readonly MLContext Ml = new(1);

    private static IDataView Data() => Ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(TestSlice.Make).ToArray());

    private static EstimatorChain<ResizeSliceTransformer> Pipeline() =>
        Ml.Transforms.NormalizeSlice("Features", "Image").Append(Ml.Transforms.ResizeSlice("Features", size: 6)).Append(Ml.Transforms.ResizeSlice("Label", size: 6, order: SplineOrder.Nearest));

    private static float[][] Features(IDataView data) => [.. data.GetColumn<float[]>("Features")];

    private static float[][] Expected()
    {
        var data = Data();
        return Features(Pipeline().Fit(data).Transform(data));
    }

    [Test]
    public void Estimators_fit_wherever_ML_NET_takes_one()
    {
        IEstimator<ITransformer>[] estimators = [Ml.Transforms.NormalizeSlice("Image"), Ml.Transforms.ResizeSlice("Image")];
        Assert.That(estimators.Select(estimator => estimator.Fit(Data()).IsRowToRowMapper), Is.All.True);
    }

    [Test]
    public void A_cache_checkpoint_reads_every_image_once()
    {
        var data = Data();
        var cached = Pipeline().AppendCacheCheckpoint(Ml).Append(new Peek()).Fit(data).LastTransformer.Seen!;
        var before = TestSlice.ImagesRead;
        var first = Features(cached);
        Assert.That(TestSlice.ImagesRead - before, Is.EqualTo(Rows));
        Assert.That(Features(cached), Is.EqualTo(first));
        Assert.That(TestSlice.ImagesRead - before, Is.EqualTo(Rows), "the second pass is served from memory");
        Assert.That(first, Is.EqualTo(Expected()));
    }

    [Test]
    public void A_cursor_that_asks_for_other_columns_reads_no_image()
    {
        var data = Data();
        var view = Pipeline().Fit(data).Transform(data);
        var before = TestSlice.ImagesRead;
        Assert.That(view.GetColumn<int>("Height").Count(), Is.EqualTo(Rows));
        Assert.That(view.GetColumn<byte[]>("Label").Select(label => label.Length), Is.All.EqualTo(36));
        Assert.That(TestSlice.ImagesRead - before, Is.Zero);
    }

    [Test]
    public void Taking_rows_skipping_shuffling_and_previewing_work()
    {
        var data = Data();
        var expected = Expected();
        var view = Pipeline().Fit(data).Transform(data);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Features(Ml.Data.TakeRows(view, 3)), Is.EqualTo(expected[..3]));
            Assert.That(Features(Ml.Data.SkipRows(view, 20)), Is.EqualTo(expected[20..]));
            Assert.That(Features(Ml.Data.ShuffleRows(view, seed: 5)), Is.EquivalentTo(expected).And.Not.EqualTo(expected));
            var preview = view.Preview(maxRows: 4);
            Assert.That(preview.RowView, Has.Length.EqualTo(4));
            Assert.That(preview.ColumnView.Last(column => column.Column.Name == "Features").Values.Cast<VBuffer<float>>().Select(value => value.DenseValues().ToArray()), Is.EqualTo(expected[..4]));
        }
    }

    [Test]
    public void Prepared_slices_survive_a_binary_file()
    {
        using var folder = new TempFolder();
        var data = Data();
        var view = Pipeline().Fit(data).Transform(data);
        using (var stream = File.Create(folder.File("slices.idv")))
        {
            Ml.Data.SaveAsBinary(view, stream);
        }
        var loaded = Ml.Data.LoadFromBinary(folder.File("slices.idv"));
        Assert.That(loaded.Schema["Features"].Type, Is.EqualTo(new VectorDataViewType(NumberDataViewType.Single, 6, 6)));
        Assert.That(Features(loaded), Is.EqualTo(Expected()));
    }

    [Test]
    public void Parallel_cursors_of_a_shuffled_cache_give_every_row_once()
    {
        var cached = Ml.Data.Cache(Data());
        var view = Pipeline().Fit(cached).Transform(cached);
        var cursors = view.GetRowCursorSet([view.Schema["Features"]], 4, new Random(1));
        var rows = new Dictionary<DataViewRowId, float[]>[cursors.Length];
        Parallel.For(0, cursors.Length, i => rows[i] = ReadAll(cursors[i]));
        Assert.That(cursors, Has.Length.GreaterThan(1));
        Assert.That(rows.SelectMany(part => part.Values), Is.EquivalentTo(Expected()));
        Assert.That(rows.SelectMany(part => part.Keys).Distinct().Count(), Is.EqualTo(Rows));
    }

    private static Dictionary<DataViewRowId, float[]> ReadAll(DataViewRowCursor cursor)
    {
        using (cursor)
        {
            var rows = new Dictionary<DataViewRowId, float[]>();
            var (readId, read) = (cursor.GetIdGetter(), cursor.GetGetter<VBuffer<float>>(cursor.Schema["Features"]));
            VBuffer<float> value = default;
            DataViewRowId id = default;
            while (cursor.MoveNext())
            {
                readId(ref id);
                read(ref value);
                rows.Add(id, [.. value.DenseValues()]);
            }
            return rows;
        }
    }

    [Test]
    public void One_model_serves_eight_threads()
    {
        var data = Data();
        var model = Pipeline().Fit(data);
        var results = new float[8][][];
        Parallel.For(0, 8, new() { MaxDegreeOfParallelism = 8 }, thread =>
        {
            if (thread % 2 == 0)
            {
                results[thread] = Features(model.Transform(data));
                return;
            }
            using var engine = Ml.Model.CreatePredictionEngine<TestSlice, Prepared>(model);
            results[thread] = [.. Enumerable.Range(0, Rows).Select(i => engine.Predict(TestSlice.Make(i)).Features)];
        });
        Assert.That(results, Is.All.EqualTo(Expected()));
    }

    /// <summary>Keeps the data that it is fitted on.</summary>
    private sealed class Peek : IEstimator<PeekTransformer>
    {
        public PeekTransformer Fit(IDataView input) => new() { Seen = input };

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema;
    }

    private sealed class PeekTransformer : ITransformer
    {
        public IDataView? Seen { get; init; }

        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public void Save(ModelSaveContext ctx) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => input;
    }

    private sealed class Prepared
    {
        public float[] Features { get; set; } = [];
    }
}
