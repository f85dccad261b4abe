using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Transforms;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Tests.MLNet;

[TestFixture]
internal sealed class SamSegmentationTransformerTests
{
    private readonly MLContext _ml = new(seed: 5);
    private SamSegmentationTransformer _model = null!;

    [OneTimeSetUp]
    public void Train() => _model = new SamLoraSegmentationTrainer(_ml, TinyRows.Options with { ProbabilityColumnName = "Probability", PredictionBatchSize = 3 }).Fit(_ml.View(12));

    [OneTimeTearDown]
    public void Free() => _model.Dispose();

    [Test]
    public void Rows_go_through_the_network_in_batches()
    {
        var before = _model.Passes;
        Assert.That(_ml.PredictedLabels(_model.Transform(_ml.View(10))), Has.Length.EqualTo(10));
        Assert.That(_model.Passes - before, Is.EqualTo(4), "ten rows, three at a time");
    }

    [Test]
    public void Nothing_is_predicted_before_a_prediction_is_asked_for()
    {
        var before = _model.Passes;
        var scored = _model.Transform(_ml.View(10));
        using var without = scored.GetRowCursor([scored.Schema["Case"]]);
        while (without.MoveNext())
        {
        }
        using var unread = scored.GetRowCursor([scored.Schema["PredictedLabel"]]);
        while (unread.MoveNext())
        {
        }
        Assert.That(_model.Passes, Is.EqualTo(before));
    }

    [Test]
    public void A_row_alone_is_predicted_as_in_a_batch()
    {
        var batched = _ml.PredictedLabels(_model.Transform(_ml.View(6)));
        using var engine = _ml.Model.CreatePredictionEngine<TinyRow, TinyPrediction>(_model, new PredictionEngineOptions { OwnsTransformer = false });
        Assert.That(TinyRows.Rows(6).Select(row => engine.Predict(row).PredictedLabel), Is.EqualTo(batched));
    }

    [Test]
    public void A_pass_over_rows_keeps_the_weights_that_its_first_batch_saw_and_the_next_pass_sees_new_ones()
    {
        var scored = _model.Transform(_ml.Data.LoadFromEnumerable(Enumerable.Repeat(TinyRows.Rows(1)[0], 6)));
        var column = scored.Schema["Probability"];
        using var cursor = scored.GetRowCursor([column]);
        using var next = scored.GetRowCursor([column]);
        var first = Probabilities(cursor, column, rows: 1);
        using var before = _model.Read(network => Update(network).clone());
        try
        {
            Change(update => update.fill_(0.5));
            Assert.That(Probabilities(cursor, column, rows: 3), Is.EqualTo(first), "its second batch");
            cursor.Dispose();
            Assert.That(Probabilities(next, column, rows: 1), Is.Not.EqualTo(first), "the next pass");
        }
        finally
        {
            next.Dispose();
            Change(update => update.copy_(before));
        }

        void Change(Action<Tensor> change) => _model.Read(network =>
        {
            using var mode = no_grad();
            change(Update(network));
            return true;
        });
    }

    [Test]
    public void Passed_columns_stay_with_their_rows()
    {
        var rows = TinyRows.Rows(10);
        var scored = _ml.Data.CreateEnumerable<TinyRow>(_model.Transform(_ml.Data.LoadFromEnumerable(rows)), reuseRowObject: true).Select(row => (row.Case, row.Slice, row.Image.Sum()));
        Assert.That(scored, Is.EqualTo(rows.Select(row => (row.Case, row.Slice, row.Image.Sum()))));
    }

    [Test]
    public void Probabilities_sum_to_one_and_their_argmax_is_the_label()
    {
        foreach (var row in _ml.Data.CreateEnumerable<TinyPrediction>(_model.Transform(_ml.View(4)), reuseRowObject: false))
        {
            var pixels = row.PredictedLabel.Length;
            Assert.That(row.Probability, Has.Length.EqualTo(3 * pixels));
            var classes = Enumerable.Range(0, pixels).Select(pixel => Enumerable.Range(0, 3).Select(plane => row.Probability[(plane * pixels) + pixel]).ToArray()).ToArray();
            Assert.That(classes.Select(values => values.Sum()), Is.All.EqualTo(1).Within(1e-5));
            Assert.That(classes.Select(values => (byte)Array.IndexOf(values, values.Max())), Is.EqualTo(row.PredictedLabel));
        }
    }

    [Test]
    public void Predictions_have_the_size_of_the_slice_in_its_file_whatever_the_image_was_resized_to()
    {
        var rows = TinyRows.Rows(3);
        rows[1].Height = 16;
        rows[1].Width = 36;
        var resized = _ml.Transforms.ResizeSlice("Image", size: 20).Fit(_ml.Data.LoadFromEnumerable(rows)).Transform(_ml.Data.LoadFromEnumerable(rows));
        Assert.That(_ml.PredictedLabels(_model.Transform(resized)).Select(labels => labels.Length), Is.EqualTo(new[] { 24 * 24, 16 * 36, 24 * 24 }));
        Assert.That(_model.GetOutputSchema(resized.Schema)["PredictedLabel"].Type, Is.EqualTo(new VectorDataViewType(NumberDataViewType.Byte, 0, 0)));
    }

    [Test]
    public void Parallel_cursors_give_every_row_once()
    {
        var scored = _model.Transform(_ml.Data.LoadFromEnumerable(TinyRows.Rows(12)));
        var columns = new[] { scored.Schema["Case"], scored.Schema["Slice"], scored.Schema["PredictedLabel"] };
        var rows = scored.GetRowCursorSet(columns, 4).AsParallel().SelectMany(cursor => Read(cursor)).ToArray();
        Assert.That(rows.Select(row => row.Name), Is.EquivalentTo(TinyRows.Rows(12).Select(row => $"{row.Case} {row.Slice}")));
        Assert.That(rows.Select(row => row.Pixels), Is.All.EqualTo(24 * 24));
    }

    [Test]
    public void Shuffled_cursors_keep_rows_together()
    {
        var expected = TinyRows.Rows(12).Zip(_ml.PredictedLabels(_model.Transform(_ml.View(12)))).ToDictionary(pair => $"{pair.First.Case} {pair.First.Slice}", pair => pair.Second);
        // Rows of an enumerable have no order to choose from; cached ones do.
        var scored = _model.Transform(_ml.Data.Cache(_ml.View(12)));
        using var cursor = scored.GetRowCursor([scored.Schema["Case"], scored.Schema["Slice"], scored.Schema["PredictedLabel"]], new Random(3));
        var label = cursor.GetGetter<VBuffer<byte>>(scored.Schema["PredictedLabel"]);
        VBuffer<byte> labels = default;
        var name = Namer(cursor);
        List<string> order = [];
        while (cursor.MoveNext())
        {
            label(ref labels);
            order.Add(name());
            Assert.That(labels.DenseValues(), Is.EqualTo(expected[order[^1]]));
        }
        Assert.That(order, Is.EquivalentTo(expected.Keys).And.Not.EqualTo(expected.Keys));
    }

    [Test]
    public void Eight_threads_with_an_engine_each_share_one_network()
    {
        var rows = TinyRows.Rows(12);
        var expected = _ml.PredictedLabels(_model.Transform(_ml.View(12)));
        var results = new byte[8][][];
        var threads = Enumerable.Range(0, 8).Select(number => new Thread(() =>
        {
            // As a pool of prediction engines does: an engine is for one thread, the model for all.
            using var engine = _ml.Model.CreatePredictionEngine<TinyRow, TinyPrediction>(_model, new PredictionEngineOptions { OwnsTransformer = false });
            results[number] = [.. rows.Select(row => engine.Predict(row).PredictedLabel)];
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.That(results, Is.All.EqualTo(expected));
    }

    [Test]
    public void A_missing_size_column_is_named()
    {
        var without = _ml.Transforms.DropColumns("Width").Fit(_ml.View(1)).Transform(_ml.View(1));
        Assert.That(() => _model.Transform(without), Throws.InstanceOf<SchemaMismatchException>().With.Message.Contains("'Width'").And.Property("ColumnName").EqualTo("Width"));
    }

    [Test]
    public void A_slice_of_another_size_than_its_columns_say_is_refused()
    {
        var rows = TinyRows.Rows(1);
        rows[0].Height = 25;
        var scored = _model.Transform(_ml.Data.LoadFromEnumerable(rows));
        Assert.That(() => _ml.PredictedLabels(scored), Throws.InvalidOperationException.With.Message.Contains("'Image'").And.Message.Contains("576").And.Message.Contains("600"));
    }

    [Test]
    public void A_disposed_transformer_says_so()
    {
        var model = new SamLoraSegmentationTrainer(_ml, TinyRows.Options).Fit(_ml.View(4));
        var scored = model.Transform(_ml.View(4));
        model.Dispose();
        model.Dispose();
        Assert.That(() => model.Transform(_ml.View(4)), Throws.InstanceOf<ObjectDisposedException>().With.Message.Contains(nameof(SamSegmentationTransformer)));
        Assert.That(() => _ml.PredictedLabels(scored), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => model.SaveLora("unused.pth"), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Neither_training_nor_predicting_leaves_tensors_behind()
    {
        // Tensors are disposed by the scopes they are made in, or by the network that holds them; what is neither waits for the garbage collector.
        var statistics = DisposeScopeManager.Statistics;
        statistics.Reset();
        using (var model = new SamLoraSegmentationTrainer(_ml, TinyRows.Options with { ValidationSet = _ml.View(6), ProbabilityColumnName = "Probability" }).Fit(_ml.View(6)))
        {
            var held = statistics.ThreadTotalLiveCount;
            Assert.That(_ml.PredictedLabels(model.Transform(_ml.View(9))), Has.Length.EqualTo(9));
            Assert.That(statistics.ThreadTotalLiveCount, Is.EqualTo(held), "after predicting");
        }
        Assert.That(statistics.ThreadTotalLiveCount, Is.Zero, "after the model is disposed");
    }

    private static TorchSharp.Modules.Parameter Update(SamNetwork network) => network.get_parameter("sam.image_encoder.blocks.0.attn.qkv.linear_b_q.weight")!;

    /// <summary>Those of the row that lies <paramref name="rows"/> rows on.</summary>
    private static float[] Probabilities(DataViewRowCursor cursor, DataViewSchema.Column column, int rows)
    {
        var getter = cursor.GetGetter<VBuffer<float>>(column);
        for (var row = 0; row < rows; row++)
        {
            Assert.That(cursor.MoveNext(), Is.True);
        }
        VBuffer<float> values = default;
        getter(ref values);
        return [.. values.DenseValues()];
    }

    private static IEnumerable<(string Name, int Pixels)> Read(DataViewRowCursor cursor)
    {
        using (cursor)
        {
            var label = cursor.GetGetter<VBuffer<byte>>(cursor.Schema["PredictedLabel"]);
            VBuffer<byte> labels = default;
            var name = Namer(cursor);
            while (cursor.MoveNext())
            {
                label(ref labels);
                yield return (name(), labels.Length);
            }
        }
    }

    private static Func<string> Namer(DataViewRow row)
    {
        var readCase = row.GetGetter<ReadOnlyMemory<char>>(row.Schema["Case"]);
        var readSlice = row.GetGetter<int>(row.Schema["Slice"]);
        return () =>
        {
            ReadOnlyMemory<char> name = default;
            var slice = 0;
            readCase(ref name);
            readSlice(ref slice);
            return $"{name} {slice}";
        };
    }
}
