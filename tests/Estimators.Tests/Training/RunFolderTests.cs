using System.Text.Json;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Estimators.Tests.Training;

public class RunFolderTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void WriteData() => _folder = new TempFolder().Write();

    [TearDown]
    public void RemoveData() => _folder.Dispose();

    [Test]
    public void A_run_leaves_everything_that_was_promised()
    {
        var result = (_folder.Run("run") with { Training = TinyRun.Options with { Epochs = 4, KeepEvery = 2 } }).Execute();

        Assert.That(Directory.EnumerateFileSystemEntries(_folder.File("run")).Select(Path.GetFileName), Is.EquivalentTo(new[]
        {
            "run.json", "best.pth", "last.pth", "epoch_1.pth", "epoch_3.pth", "losses.csv", "epochs.csv", "tensorboard", "resume.safetensors", "initial_base.safetensors",
        }));
        var losses = File.ReadAllLines(_folder.File("run/losses.csv"));
        Assert.That(losses[0], Is.EqualTo("step,epoch,loss,loss_ce,loss_dice,learning_rate"));
        Assert.That(losses.Skip(1).Select(row => int.Parse(row.Split(',')[0])), Is.EqualTo(Enumerable.Range(1, 4 * TinyData.StepsPerEpoch)));
        var epochs = File.ReadAllLines(_folder.File("run/epochs.csv"));
        Assert.That(epochs[0], Is.EqualTo("step,epoch,mean_loss,validation_dice,disc,bar"));
        Assert.That(epochs.Skip(1).Select(row => int.Parse(row.Split(',')[1])), Is.EqualTo(Enumerable.Range(1, 4)));
        Assert.That(Directory.EnumerateFiles(_folder.File("run/tensorboard"), "*tfevents*").Single(), Is.Not.Empty);
        Assert.That((result.TrainingCases.Count, result.ValidationCases.Count), Is.EqualTo((4, 1)));
    }

    [Test]
    public void The_metadata_of_each_file_are_those_of_its_weights()
    {
        var observer = new RecordingObserver();
        var result = (_folder.Run("run") with { Training = TinyRun.Options with { Epochs = 20, KeepEvery = 10, ScheduleEpochs = 20 } }).Execute(observer: observer);

        var dice = observer.Reports.Where(report => report.ValidationDice is not null).ToDictionary(report => report.Epoch, report => report.ValidationDice!.Value);
        var best = LoraCheckpoint.ReadMetadata(_folder.File("run/best.pth"))!;
        Assert.That((best.Epoch, best.ValidationDice), Is.EqualTo(((int?)result.Result.Best!.Value.Epoch, (double?)result.Result.Best.Value.Dice)));
        Assert.That(dice.Values.Distinct().Count(), Is.GreaterThan(3), "the figures must differ for this test to mean anything");
        foreach (var (file, epoch) in new[] { ("epoch_9.pth", 10), ("epoch_19.pth", 20), ("last.pth", 20) })
        {
            var metadata = LoraCheckpoint.ReadMetadata(_folder.File($"run/{file}"))!;
            Assert.That((metadata.Epoch, metadata.ValidationDice), Is.EqualTo(((int?)epoch, (double?)dice[epoch])), file);
        }
    }

    [Test]
    public void A_held_folder_is_refused_without_resume_and_stays_untouched()
    {
        _ = (_folder.Run("run") with { Training = TinyRun.Options with { Epochs = 1 } }).Execute();
        var before = File.ReadAllBytes(_folder.File("run/last.pth"));

        Assert.That(() => (_folder.Run("run") with { Training = TinyRun.Options with { Epochs = 1 } }).Execute(),
            Throws.TypeOf<RunFolderException>().With.Message.Contains(_folder.File("run")).And.Message.Contains("--resume"));
        Assert.That(File.ReadAllBytes(_folder.File("run/last.pth")), Is.EqualTo(before));
    }

    [Test]
    public void Other_options_on_resume_are_refused_one_by_one()
    {
        var options = _folder.Run("run");
        _ = options.Execute(progress => progress.Step == 2);
        var before = File.ReadAllBytes(_folder.File("run/run.json"));

        var changed = options with
        {
            Resume = true,
            Training = options.Training with { LearningRate = 0.02, Seed = 9, Optimizer = OptimizerKind.Sgd },
            Preprocessing = options.Preprocessing with { Orientation = "LPS" },
            Lora = options.Lora with { TrainEncoder = false },
            ValidationFraction = 0.4,
        };
        Assert.That(() => changed.Execute(), Throws.TypeOf<RunFolderException>()
            .With.Message.Contains("training.learningRate: was 0.01, now 0.02").And.Message.Contains("training.seed").And.Message.Contains("\"AdamW\"").And.Message.Contains("\"Sgd\"")
            .And.Message.Contains("preprocessing.orientation").And.Message.Contains("lora.trainEncoder").And.Message.Contains("validationCases"));
        Assert.That(File.ReadAllBytes(_folder.File("run/run.json")), Is.EqualTo(before));
    }

    [Test]
    public void What_does_not_touch_the_weights_may_change_on_resume()
    {
        var options = _folder.Run("run");
        _ = options.Execute(progress => progress.Step == 2);
        Directory.Move(_folder.File("data"), _folder.File("moved"));

        var result = (options with { Resume = true, Data = _folder.File("moved"), Training = options.Training with { Workers = 3 } }).Execute();

        Assert.That(result.Result.Interrupted, Is.False);
    }

    [Test]
    public void Data_of_another_size_are_refused_on_resume()
    {
        var options = _folder.Run("run");
        _ = options.Execute(progress => progress.Step == 2);
        File.Delete(_folder.File("data/case0_slice000.npz"));

        Assert.That(() => (options with { Resume = true }).Execute(), Throws.TypeOf<RunFolderException>().With.Message.Contains("files: case0_slice000.npz is gone"));
    }

    [Test]
    public void A_damaged_run_json_is_named()
    {
        var options = _folder.Run("run");
        _ = options.Execute(progress => progress.Step == 2);
        File.WriteAllText(_folder.File("run/run.json"), "{ not json");

        Assert.That(() => (options with { Resume = true }).Execute(), Throws.TypeOf<RunFolderException>().With.Message.Contains("run.json"));
    }

    [Test]
    public void A_damaged_state_is_named()
    {
        var options = _folder.Run("run");
        _ = options.Execute(progress => progress.Step == 2);
        var path = _folder.File("run/resume.safetensors");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^100]);

        Assert.That(() => (options with { Resume = true }).Execute(), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains(path));
    }

    [Test]
    public void A_lost_random_start_is_named()
    {
        var options = _folder.Run("run");
        _ = options.Execute(progress => progress.Step == 2);
        File.Delete(_folder.File("run/initial_base.safetensors"));

        Assert.That(() => (options with { Resume = true }).Execute(), Throws.InstanceOf<IOException>().With.Message.Contains("initial_base.safetensors"));
    }

    [Test]
    public void Divergence_keeps_the_checkpoints_of_the_last_good_epoch()
    {
        var options = _folder.Run("run");
        _ = options.Execute(progress => progress.ValidationDice is not null);
        var names = new[] { "best.pth", "last.pth", "resume.safetensors" };
        var before = names.ToDictionary(name => name, name => File.ReadAllBytes(_folder.File($"run/{name}")));
        // From the second epoch on, one slice holds numbers that are finite and overflow in the network.
        var slice = Directory.EnumerateFiles(_folder.File("data"), "case0_*").First();
        using (var file = NpzFile.Open(slice))
        {
            var (image, label) = (file["image"], file["label"]);
            var huge = NpyArray.Create(Array.ConvertAll(image.ToSingle(), value => value * 3e38f), image.Shape);
            File.Delete(slice);
            NpzFile.Write(slice, [new("image", huge), new("label", label)]);
        }
        // Data that changed are refused; a record that does not list them lets them pass.
        var record = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(_folder.File("run/run.json")))!.AsObject();
        record.Remove("files");
        File.WriteAllText(_folder.File("run/run.json"), record.ToJsonString());

        Assert.That(() => (options with { Resume = true }).Execute(), Throws.TypeOf<TrainingDivergedException>().With.Message.Contains("saved before stays as it was"));

        foreach (var name in names)
        {
            Assert.That(File.ReadAllBytes(_folder.File($"run/{name}")), Is.EqualTo(before[name]), name);
        }
    }

    [TestCase(4, 0)]
    [TestCase(1000, 1)]
    public void A_run_that_ends_within_its_warm_up_is_told(int warmup, int warnings)
    {
        var observer = new RecordingObserver();

        _ = (_folder.Run("run") with { Training = TinyRun.Options with { Epochs = 2, WarmupSteps = warmup } }).Execute(observer: observer);

        Assert.That(observer.Warnings.Count(text => text.Contains("--warmup")), Is.EqualTo(warnings));
    }

    [Test]
    public void Patience_without_validation_is_not_silently_ignored()
    {
        var observer = new RecordingObserver();

        _ = (_folder.Run("run") with { ValidationFraction = 0, Training = TinyRun.Options with { Epochs = 1, EarlyStoppingPatience = 2 } }).Execute(observer: observer);

        Assert.That(observer.Warnings, Has.Some.Contains("early stopping"));
    }

    [Test]
    public void The_split_by_patient_is_the_same_every_time()
    {
        var options = _folder.Run("a") with { ValidationFraction = 0.4, Training = TinyRun.Options with { Epochs = 1 } };
        var first = options.Execute();
        var second = (options with { Output = _folder.File("b") }).Execute();

        Assert.That(second.ValidationCases, Is.EqualTo(first.ValidationCases).And.Count.EqualTo(2));
        Assert.That(first.TrainingCases.Intersect(first.ValidationCases), Is.Empty);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("a/run.json")));
        Assert.That(json.RootElement.GetProperty("validationCases").EnumerateArray().Select(name => name.GetString()), Is.EqualTo(first.ValidationCases));
    }

    [Test]
    public void A_folder_with_one_case_trains_without_validation()
    {
        foreach (var path in Directory.EnumerateFiles(_folder.File("data")).Where(path => !Path.GetFileName(path).StartsWith("case0_", StringComparison.Ordinal)).AtLeastOne())
        {
            File.Delete(path);
        }

        var result = (_folder.Run("run") with { Training = TinyRun.Options with { Epochs = 1 } }).Execute();

        Assert.That((result.TrainingCases.Count, result.ValidationCases.Count, File.Exists(result.BestPath)), Is.EqualTo((1, 0, true)));
    }

    [Test]
    public void A_lora_file_with_its_own_encoder_does_not_lose_it_in_a_run_that_freezes_the_encoder()
    {
        var first = (_folder.Run("first") with { Training = TinyRun.Options with { Epochs = 1 } }).Execute();
        var second = _folder.Run("second") with
        {
            SamFile = first.BasePath, LoraFile = first.BestPath, Lora = new LoraOptions { Rank = 2, TrainEncoder = false }, Training = TinyRun.Options with { Epochs = 1 },
        };

        var result = second.Execute();

        // Its files hold the adapters only, so their base must have the encoder that the first run trained.
        using var before = SegmentationModel.Load(new() { LoraFile = first.BestPath, SamFile = first.BasePath, Device = "cpu" });
        using var after = SegmentationModel.Load(new() { LoraFile = result.BestPath, SamFile = result.BasePath, Device = "cpu" });
        var (trained, kept) = (TinyRun.Weights(before.Network), TinyRun.Weights(after.Network));
        foreach (var (name, values) in trained.Where(pair => pair.Key.StartsWith("sam.image_encoder.", StringComparison.Ordinal) && !pair.Key.Contains("linear_", StringComparison.Ordinal)).AtLeastOne())
        {
            Assert.That(kept[name], Is.EqualTo(values), name);
        }
    }
}
