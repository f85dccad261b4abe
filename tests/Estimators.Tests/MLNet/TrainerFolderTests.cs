using Microsoft.ML;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling.Adapters;

namespace SAMed.MLNet.Estimators.Tests.MLNet;

/// <summary>Best weights, folders and resumed runs.</summary>
[TestFixture]
internal sealed class TrainerFolderTests
{
    private readonly MLContext _ml = new(seed: 5);

    [Test]
    public void The_model_keeps_the_weights_of_the_best_validation()
    {
        using var folder = new TempFolder();
        var data = _ml.Data.Cache(_ml.View(12));
        // A rate that spoils what was learned: the best epoch is not the last.
        var training = TinyRun.Options with { Epochs = 8, LearningRate = 0.05, Seed = 2 };
        var options = TinyRows.Options with { Training = training, ValidationSet = data };
        using var inMemory = new SamLoraSegmentationTrainer(_ml, options).Fit(data);
        using var inFolder = new SamLoraSegmentationTrainer(_ml, options with { OutputFolder = folder.File("run") }).Fit(data);
        var best = inMemory.TrainingResult!.Best!.Value;
        Assert.That(best.Epoch, Is.LessThan(8), "otherwise this test shows nothing");
        using var stopped = new SamLoraSegmentationTrainer(_ml, TinyRows.Options with { Training = training with { Epochs = best.Epoch, ScheduleEpochs = 10 } }).Fit(data);
        var expected = _ml.PredictedLabels(stopped.Transform(data));
        Assert.That(_ml.PredictedLabels(inMemory.Transform(data)), Is.EqualTo(expected));
        Assert.That(_ml.PredictedLabels(inFolder.Transform(data)), Is.EqualTo(expected));
        Assert.That(File.Exists(folder.File("run/losses.csv")) && File.Exists(folder.File("run/best.pth")));
    }

    [Test]
    public void A_cancelled_run_goes_on_bit_for_bit()
    {
        using var folder = new TempFolder();
        using var source = new CancellationTokenSource();
        var data = _ml.Data.Cache(_ml.View(12));
        var options = TinyRows.Options with { Training = TinyRun.Options with { Seed = 2 }, OutputFolder = folder.File("run") };
        using var whole = new SamLoraSegmentationTrainer(_ml, options with { OutputFolder = null }).Fit(data);
        var cancelled = options with { CancellationToken = source.Token, Progress = new Stopper(progress => { if (progress.Step == 5) { source.Cancel(); } }) };
        Assert.That(() => new SamLoraSegmentationTrainer(_ml, cancelled).Fit(data), Throws.InstanceOf<OperationCanceledException>().With.Message.Contains("Resume"));
        using var resumed = new SamLoraSegmentationTrainer(_ml, options with { Resume = true }).Fit(data);
        Assert.That(resumed.TrainingResult!.Steps, Is.EqualTo(9));
        Assert.That(Weights(resumed), Is.EqualTo(Weights(whole)));
    }

    [Test]
    public void A_fit_that_stops_after_an_epoch_gives_a_model_and_goes_on_bit_for_bit()
    {
        using var folder = new TempFolder();
        var data = _ml.Data.Cache(_ml.View(12));
        var options = TinyRows.Options with { Training = TinyRun.Options with { Seed = 2 }, OutputFolder = folder.File("run") };
        using var whole = new SamLoraSegmentationTrainer(_ml, options with { OutputFolder = null }).Fit(data);

        using var first = new SamLoraSegmentationTrainer(_ml, options with { UntilEpoch = 1 }).Fit(data);
        using var rest = new SamLoraSegmentationTrainer(_ml, options with { Resume = true }).Fit(data);

        Assert.That((first.TrainingResult!.Paused, first.TrainingResult.Epochs), Is.EqualTo((true, 1)));
        Assert.That((rest.TrainingResult!.Paused, rest.TrainingResult.Epochs), Is.EqualTo((false, 3)));
        Assert.That(Weights(rest), Is.EqualTo(Weights(whole)));
        Assert.That(() => new SamLoraSegmentationTrainer(_ml, options with { OutputFolder = null, UntilEpoch = 1 }), Throws.ArgumentException.With.Message.Contains("name an OutputFolder"));
        Assert.That(() => new SamLoraSegmentationTrainer(_ml, options with { UntilEpoch = 9 }), Throws.ArgumentException.With.Message.Contains("got 9"));
    }

    [Test]
    public void Features_of_rows_that_come_in_any_order_are_cached()
    {
        using var folder = new TempFolder();
        var data = _ml.Data.Cache(_ml.View(12));
        var options = TinyRows.Options with { Lora = new LoraOptions { Rank = 2, Layers = [1] }, Training = TinyRun.Options with { Seed = 2, Epochs = 4, AugmentationSet = 2 } };
        using var plain = new SamLoraSegmentationTrainer(_ml, options).Fit(data);
        using var cached = new SamLoraSegmentationTrainer(_ml, options with { Training = options.Training with { FeatureCache = new() { Folder = folder.File("cache") } } }).Fit(data);

        Assert.That(Weights(cached), Is.EqualTo(Weights(plain)));
        Assert.That(Directory.GetFiles(folder.File("cache"), "*.features", SearchOption.AllDirectories), Has.Length.InRange(13, 24));
    }

    [Test]
    public void Nothing_is_written_for_a_run_whose_cache_has_no_place()
    {
        using var folder = new TempFolder();
        var options = TinyRows.Options with
        {
            Lora = new LoraOptions { Rank = 2, Layers = [1] }, OutputFolder = folder.File("run"),
            Training = TinyRun.Options with { AugmentationSet = 2, FeatureCache = new() { Folder = folder.File(new string('x', 300)) } },
        };

        Assert.That(() => new SamLoraSegmentationTrainer(_ml, options).Fit(_ml.View(4)), Throws.InstanceOf<IOException>().With.Message.Contains("FeatureCache.Folder"));
        Assert.That(Directory.Exists(folder.File("run")), Is.False);
    }

    [Test]
    public void A_run_that_goes_on_on_another_number_of_devices_says_what_that_changes()
    {
        using var folder = new TempFolder();
        using var source = new CancellationTokenSource();
        var ml = new MLContext(1) { GpuDeviceId = -1 };
        List<string> log = [];
        ml.Log += (_, line) => log.Add(line.Message);
        var data = ml.Data.Cache(ml.View(8));
        var options = TinyRows.Options with { Training = TinyRun.Options with { Seed = 2 }, OutputFolder = folder.File("run") };
        var cancelled = options with { CancellationToken = source.Token, Progress = new Stopper(progress => { if (progress.Step == 2) { source.Cancel(); } }) };
        Assert.That(() => new SamLoraSegmentationTrainer(ml, cancelled).Fit(data), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(log, Has.None.Contains("goes on on"));
        using var resumed = new SamLoraSegmentationTrainer(ml, options with { Resume = true, Training = options.Training with { Devices = ["cpu", "cpu"] } }).Fit(data);

        Assert.That(log, Has.Some.Contains("trained on cpu and goes on on cpu,cpu"));
    }

    [Test]
    public void A_run_without_a_seed_of_its_own_is_continued_from_another_context()
    {
        using var folder = new TempFolder();
        using var source = new CancellationTokenSource();
        var data = _ml.Data.Cache(_ml.View(12));
        var options = TinyRows.Options with { OutputFolder = folder.File("run") };
        var cancelled = options with { CancellationToken = source.Token, Progress = new Stopper(progress => { if (progress.Step == 2) { source.Cancel(); } }) };
        Assert.That(() => new SamLoraSegmentationTrainer(new MLContext(), cancelled).Fit(data), Throws.InstanceOf<OperationCanceledException>());
        using var resumed = new SamLoraSegmentationTrainer(new MLContext(), options with { Resume = true }).Fit(data);
        Assert.That(resumed.TrainingResult!.Steps, Is.EqualTo(6));
    }

    [Test]
    public void A_folder_that_holds_a_run_is_not_overwritten()
    {
        using var folder = new TempFolder();
        var options = TinyRows.Options with { OutputFolder = folder.File("run") };
        using (new SamLoraSegmentationTrainer(_ml, options).Fit(_ml.View(4)))
        {
            Assert.That(() => new SamLoraSegmentationTrainer(_ml, options).Fit(_ml.View(4)), Throws.InstanceOf<RunFolderException>().With.Message.Contains("Resume").And.Message.Contains("cross-validation"));
        }
    }

    private static float[] Weights(SamSegmentationTransformer model) =>
        model.Read(network => network.TrainableParameters.SelectMany(pair => pair.Parameter.data<float>().ToArray()).ToArray());

    private sealed class Stopper(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
