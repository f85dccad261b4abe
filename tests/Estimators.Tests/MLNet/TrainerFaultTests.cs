using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Tests.MLNet;

/// <summary>What the trainer says of data and options that it cannot use.</summary>
[TestFixture]
internal sealed class TrainerFaultTests
{
    private readonly MLContext _ml = new(seed: 5);

    [Test]
    public void A_missing_column_is_named_with_those_there_are()
    {
        var data = _ml.Transforms.DropColumns("Label").Fit(_ml.View(2)).Transform(_ml.View(2));
        Assert.That(() => Trainer().Fit(data), Throws.InstanceOf<ArgumentOutOfRangeException>()
            .With.Message.Contains("label column 'Label'").And.Message.Contains("Case, Slice, Height, Width, Image"));
    }

    [Test]
    public void A_pipeline_with_a_missing_column_fails_before_any_data_are_read()
    {
        var read = false;
        var data = _ml.Data.LoadFromEnumerable(Watched());
        var pipeline = _ml.Transforms.DropColumns("Image").Append(Trainer());
        Assert.That(() => pipeline.Fit(data), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("'Image'"));
        Assert.That(() => Trainer().GetOutputSchema(new SchemaShape([])), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("'Image'"));
        Assert.That(read, Is.False);

        IEnumerable<TinyRow> Watched()
        {
            read = true;
            yield break;
        }
    }

    [Test]
    public void A_column_of_another_type_is_named_with_both_types()
    {
        var data = _ml.Data.LoadFromEnumerable(new[] { new TextImage { Height = 1, Width = 1, Image = "no", Label = [0] } });
        Assert.That(() => Trainer().Fit(data), Throws.InstanceOf<SchemaMismatchException>().With.Message.Contains("image column 'Image': expected Vector<Single>, got String"));
    }

    [Test]
    public void A_vector_of_the_wrong_size_is_named_with_both_sizes()
    {
        var rows = TinyRows.Rows(4);
        rows[2].Image = rows[2].Image[..100];
        Assert.That(() => Fit(rows), Throws.InstanceOf<SliceDataException>().With.Message.Contains("'Image' (case case0, slice 2): expected as many values as a slice of 24×24 has, got 100"));
    }

    [Test]
    public void A_label_map_of_the_wrong_size_is_named_with_its_case()
    {
        var rows = TinyRows.Rows(4);
        rows[2].Label = rows[2].Label[..100];
        Assert.That(() => Fit(rows), Throws.InstanceOf<SliceDataException>().With.Message.Contains("'Label' (case case0, slice 2)").And.Message.Contains("a slice of 24×24 has, got 100"));
    }

    [Test]
    public void A_label_above_the_class_count_is_named_with_its_case()
    {
        var rows = TinyRows.Rows(8);
        rows[7].Label[5] = 3;
        Assert.That(() => Fit(rows), Throws.InstanceOf<SliceDataException>().With.Message.Contains("'Label' (case case1, slice 1): expected class ids 0 to 2, got 3"));
    }

    [Test]
    public void An_intensity_without_a_value_is_refused()
    {
        var rows = TinyRows.Rows(2);
        rows[1].Image[25] = float.NaN;
        Assert.That(() => Fit(rows), Throws.InstanceOf<SliceDataException>().With.Message.Contains("slice 1").And.Message.Contains("NaN at row 1, column 1"));
    }

    [Test]
    public void A_row_without_a_case_is_told_by_its_number_in_the_data()
    {
        var rows = TinyRows.Rows(6);
        rows[4].Label[0] = 9;
        var data = _ml.Data.Cache(_ml.Transforms.DropColumns("Case", "Slice").Fit(_ml.Data.LoadFromEnumerable(rows)).Transform(_ml.Data.LoadFromEnumerable(rows)));
        Assert.That(() => Trainer().Fit(data), Throws.InstanceOf<SliceDataException>().With.Message.Contains("(row 4)"));
    }

    [Test]
    public void A_validation_set_that_went_another_way_is_refused()
    {
        var resized = _ml.Transforms.ResizeSlice("Image", size: 20).Fit(_ml.View(4)).Transform(_ml.View(4));
        Assert.That(() => Trainer(TinyRows.Options with { ValidationSet = _ml.View(4) }).Fit(resized), Throws.InstanceOf<SchemaMismatchException>().With.Message.Contains("validation set").And.Message.Contains("20"));
    }

    [Test]
    public void Values_far_outside_of_0_to_1_are_warned_of()
    {
        List<string> warnings = [];
        var ml = new MLContext(1);
        ml.Log += (_, entry) =>
        {
            if (entry.Kind == ChannelMessageKind.Warning)
            {
                warnings.Add(entry.RawMessage);
            }
        };
        var rows = TinyRows.Rows(2);
        rows[0].Image[7] = -800;
        using var model = new SamLoraSegmentationTrainer(ml, TinyRows.Options).Fit(ml.Data.LoadFromEnumerable(rows));
        Assert.That(warnings, Has.Some.Contains("-800").And.Contains("NormalizeSlice"));
    }

    [Test]
    public void Images_that_were_shrunk_too_far_are_warned_of()
    {
        List<string> messages = [];
        var ml = new MLContext(1);
        ml.Log += (_, entry) => messages.Add(entry.RawMessage);
        var small = ml.Transforms.ResizeSlice("Image", size: 10).Fit(ml.View(2)).Transform(ml.View(2));
        using var model = new SamLoraSegmentationTrainer(ml, TinyRows.Options).Fit(small);
        Assert.That(messages, Has.Some.Contains("10×10 are enlarged to the network's 32×32"));
    }

    [Test]
    public void Classes_may_be_renamed_but_both_sets_must_have_the_same()
    {
        using var folder = new TempFolder().Write();
        var labels = LabelTable.Load(folder.File("labels.json"));
        var data = _ml.Data.LoadSlices(folder.File("data"), new SliceDataOptions { Labels = labels });
        var split = _ml.Data.TrainTestSplitByCase(data, 0.2);
        using (var model = Trainer(TinyRows.Options with { Classes = ["round", "long"], ValidationSet = split.TestSet }).Fit(split.TrainSet))
        {
            Assert.That(model.Classes.Select(entry => entry.Name), Is.EqualTo(new[] { "round", "long" }));
        }
        File.WriteAllText(folder.File("swapped.json"), """{ "name": "swapped", "classes": [ { "id": 1, "name": "bar" }, { "id": 2, "name": "disc" } ] }""");
        var swapped = _ml.Data.LoadSlices(folder.File("data"), new SliceDataOptions { Labels = LabelTable.Load(folder.File("swapped.json")) });
        Assert.That(() => Trainer(TinyRows.Options with { Classes = null, ValidationSet = swapped }).Fit(split.TrainSet),
            Throws.InstanceOf<SchemaMismatchException>().With.Message.Contains("bar, disc").And.Message.Contains("disc, bar"));
    }

    [Test]
    public void Class_names_must_be_names()
    {
        Assert.That(() => Trainer(TinyRows.Options with { Classes = ["a", ""] }), Throws.ArgumentException.With.Message.Contains("empty"));
        Assert.That(() => Trainer(TinyRows.Options with { Classes = ["a", "a"] }), Throws.ArgumentException.With.Message.Contains("twice"));
    }

    [Test]
    public void An_empty_data_view_is_refused()
    {
        Assert.That(() => Fit([]), Throws.InvalidOperationException.With.Message.Contains("The training set has no rows"));
        Assert.That(() => Trainer(TinyRows.Options with { ValidationSet = _ml.View(0) }).Fit(_ml.View(4)), Throws.InvalidOperationException.With.Message.Contains("The validation set has no rows"));
    }

    [Test]
    public void Data_without_class_names_need_the_option()
    {
        Assert.That(() => Trainer(TinyRows.Options with { Classes = null }).Fit(_ml.View(2)), Throws.InvalidOperationException.With.Message.Contains("Classes").And.Message.Contains("'Label'"));
    }

    [Test]
    public void Every_fault_of_the_options_is_told_at_once()
    {
        var options = TinyRows.Options with { PredictionBatchSize = 0, ImageColumnName = "", Resume = true, SamFile = "none.pth", Training = TinyRun.Options with { EarlyStoppingPatience = 2 } };
        Assert.That(() => Trainer(options), Throws.ArgumentException.With.Message.Contains("ImageColumnName is empty").And.Message.Contains("PredictionBatchSize must be at least 1, got 0")
            .And.Message.Contains("OutputFolder").And.Message.Contains("ValidationSet").And.Message.Contains("none.pth"));
    }

    [Test]
    public void A_cancelled_fit_ends_between_two_steps()
    {
        using var source = new CancellationTokenSource();
        var steps = 0;
        var options = TinyRows.Options with { CancellationToken = source.Token, Progress = new Stopper(() => Cancel(++steps)) };
        Assert.That(() => Trainer(options).Fit(_ml.View(24)), Throws.InstanceOf<OperationCanceledException>().With.Message.Contains("after 3 steps"));
        Assert.That(() => Trainer(options).Fit(_ml.View(24)), Throws.InstanceOf<OperationCanceledException>(), "cancelled before it begins");

        void Cancel(int step)
        {
            if (step == 3)
            {
                source.Cancel();
            }
        }
    }

    [TestCase(0, Description = "while rows are counted")]
    [TestCase(2050, Description = "while the pool of rows to shuffle is filled")]
    [TestCase(2600, Description = "while batches are read ahead of the network")]
    public void Cancelling_does_not_wait_for_data_to_be_read(int rowsBefore)
    {
        using var source = new CancellationTokenSource();
        var read = 0;
        var options = TinyRows.Options with { CancellationToken = source.Token };
        Assert.That(() => Trainer(options).Fit(_ml.Data.LoadFromEnumerable(Long())), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(read, Is.InRange(rowsBefore + 1, rowsBefore + 600), "a pass has 2000 rows; after the cancellation a pool of them at most is read");

        IEnumerable<TinyRow> Long()
        {
            var row = TinyRows.Rows(1)[0];
            for (var count = 0; count < 2000; count++)
            {
                if (read++ == rowsBefore)
                {
                    source.Cancel();
                }
                yield return row;
            }
        }
    }

    [Test]
    public void A_column_that_was_named_must_be_there()
    {
        Assert.That(() => Trainer(TinyRows.Options with { CaseColumnName = "Patient" }).Fit(_ml.View(2)), Throws.InstanceOf<SchemaMismatchException>().With.Message.Contains("case column 'Patient'"));
    }

    [Test]
    public void Options_of_parts_are_checked_when_the_trainer_is_made()
    {
        Assert.That(() => Trainer(TinyRows.Options with { Model = null! }), Throws.ArgumentException.With.Message.Contains("Model"));
        Assert.That(() => Trainer(TinyRows.Options with { Lora = TinyRows.Options.Lora with { Rank = 0 } }), Throws.InstanceOf<Modeling.Adapters.AdapterOptionsException>());
        Assert.That(() => Trainer(TinyRows.Options with { Model = TinyRun.Model with { PatchSize = 7 } }), Throws.InstanceOf<Modeling.Sam.SamOptionsException>());
        Assert.That(() => Trainer(TinyRows.Options with { Training = TinyRun.Options with { Optimizer = (OptimizerKind)99 } }), Throws.ArgumentException.With.Message.Contains("Optimizer"));
    }

    [Test]
    public void A_lora_file_without_anything_to_go_with_is_not_written()
    {
        using var folder = new TempFolder();
        using var model = Trainer(TinyRows.Options with { Lora = new Modeling.Adapters.LoraOptions { Rank = 2 } }).Fit(_ml.View(2));
        Assert.That(() => model.SaveLora(folder.File("lora.pth")), Throws.InvalidOperationException.With.Message.Contains("random weights"));
        Assert.That(File.Exists(folder.File("lora.pth")), Is.False);
    }

    [Test]
    public void A_gpu_that_is_not_there_is_replaced_or_refused_as_the_context_says()
    {
        List<LoggingEventArgs> log = [];
        var ml = new MLContext(1) { GpuDeviceId = 99, FallbackToCpu = true };
        ml.Log += (_, entry) => log.Add(entry);
        using (var model = new SamLoraSegmentationTrainer(ml, TinyRows.Options).Fit(ml.View(4)))
        {
            Assert.That(model.Device, Is.EqualTo("cpu"));
        }
        Assert.That(log.Where(entry => entry.Kind == ChannelMessageKind.Warning).Select(entry => entry.RawMessage), Has.Some.Contains("cuda:99"));
        Assert.That(log.Where(entry => entry.Source.Contains(nameof(SamLoraSegmentationTrainer))).Select(entry => entry.RawMessage), Has.Some.Contains("parameters").And.Some.Contains("step 1/"));
        ml.FallbackToCpu = false;
        Assert.That(() => new SamLoraSegmentationTrainer(ml, TinyRows.Options).Fit(ml.View(4)), Throws.InvalidOperationException.With.Message.Contains("GpuDeviceId is 99"));
    }

    private SamLoraSegmentationTrainer Trainer(SamLoraSegmentationTrainer.Options? options = null) => new(_ml, options ?? TinyRows.Options);

    private void Fit(IReadOnlyList<TinyRow> rows)
    {
        using var model = Trainer().Fit(_ml.Data.LoadFromEnumerable(rows));
    }

    private sealed class Stopper(Action report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report();
    }

    internal sealed class TextImage
    {
        public int Height { get; set; }

        public int Width { get; set; }

        public string Image { get; set; } = "";

        public byte[] Label { get; set; } = [];
    }
}
