using System.Text.Json;
using SAMed.MLNet.Cli.Tests.Support;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>train, predict and evaluate on small data, with what each promises to write and say.</summary>
[TestFixture]
public class TrainPredictTests
{
    // Enough for the larger organs; with the published weight of the Dice loss a network as small as this one says background for long.
    private static readonly string[] s_learns = ["--train-encoder", "--epochs", "60", "--dice-weight", "0.5", "--no-augment", "--validate-every", "30"];

    private TinyScene _scene = null!;

    [OneTimeSetUp]
    public void Train()
    {
        _scene = new TinyScene();
        _scene.MustTrain("run", [.. s_learns, "--json", _scene.File("train.json")]);
    }

    [OneTimeTearDown]
    public void TearDown() => _scene.Dispose();

    [Test]
    public void Train_writes_its_result_as_json()
    {
        var result = Json("train.json");
        Assert.Multiple(() =>
        {
            Assert.That(result.GetProperty("epochs").GetInt32(), Is.EqualTo(60));
            Assert.That(result.GetProperty("steps").GetInt32(), Is.EqualTo(File.ReadAllLines(_scene.File("run/losses.csv")).Length - 1));
            Assert.That(result.GetProperty("interrupted").GetBoolean(), Is.False);
            Assert.That(result.GetProperty("lora").GetString(), Is.EqualTo(_scene.File("run/best.pth")));
            Assert.That(result.GetProperty("validationCases").GetArrayLength() + result.GetProperty("trainingCases").GetArrayLength(), Is.EqualTo(3));
            Assert.That(result.GetProperty("finalLoss").GetDouble(), Is.LessThan(1));
        });
    }

    [Test]
    public void Predict_keeps_the_grid_and_tells_every_organ()
    {
        var run = CliRun.Of(_scene.Predict("run", "out/a.nii.gz", "--json", _scene.File("predict.json")));
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        var result = Json("predict.json");
        var labels = VolumeFile.ReadLabels(_scene.File("out/a.nii.gz"));

        Assert.That(labels.Geometry, Is.EqualTo(VolumeFile.Identify(_scene.NewImage).Geometry));
        Assert.That(run.Output, Does.Contain("pancreas").And.Contain("out/a.nii.gz"));
        var organs = result.GetProperty("predictions")[0].GetProperty("organs").EnumerateArray().ToArray();
        Assert.That(organs.Select(organ => organ.GetProperty("name").GetString()), Is.EqualTo(LabelTable.Synapse.Classes.Select(entry => entry.Name)));
        var counts = labels.CountLabels();
        Assert.That(organs.Select(organ => organ.GetProperty("voxels").GetInt32()), Is.EqualTo(Enumerable.Range(1, 8).Select(id => counts.GetValueOrDefault(id))));
        Assert.That(organs.Sum(organ => organ.GetProperty("voxels").GetInt32()), Is.GreaterThan(0), "all background proves little");
    }

    [Test]
    public void Bf16_and_checkpointing_train_and_predict()
    {
        _scene.MustTrain("bf16", "--precision", "bf16", "--checkpointing");
        var run = CliRun.Of(_scene.Predict("bf16", "out/bf16.nii.gz", "--precision", "bf16"));
        using var manifest = JsonDocument.Parse(File.ReadAllText(_scene.File("bf16/run.json")));
        var training = manifest.RootElement.GetProperty("training");

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That((training.GetProperty("precision").GetString(), training.GetProperty("checkpointing").GetBoolean()), Is.EqualTo(("Bf16", true)));
        Assert.That(CliRun.Of(_scene.Predict("bf16", "out/no.nii.gz", "--precision", "fp16")).ExitCode, Is.EqualTo(ExitCodes.Usage));
    }

    [Test]
    public void Cached_features_train_what_computed_ones_do()
    {
        string[] half = ["--lora-layers", "1", "--train-encoder", "false", "--augmentation-set", "2", "--epochs", "3"];
        _scene.MustTrain("half", half);
        _scene.MustTrain("cached", [.. half, "--cache-features", "--cache-limit", "0.5"]);

        Assert.That(Directory.GetFiles(_scene.File("cached/features"), "*.features", SearchOption.AllDirectories), Is.Not.Empty);
        foreach (var name in new[] { "best.pth", "last.pth", "losses.csv", "epochs.csv" })
        {
            Assert.That(File.ReadAllBytes(_scene.File($"cached/{name}")), Is.EqualTo(File.ReadAllBytes(_scene.File($"half/{name}"))), name);
        }
    }

    [Test]
    public void Predictions_into_a_folder_leave_a_record_and_one_of_training_stays()
    {
        Assert.That(CliRun.Of(_scene.Predict("run", "folder")).ExitCode, Is.Zero);
        using var record = JsonDocument.Parse(File.ReadAllText(_scene.File("folder/run.json")));
        var training = File.ReadAllBytes(_scene.File("run/run.json"));
        Assert.That(CliRun.Of(_scene.Predict("run", "run")).ExitCode, Is.Zero);

        Assert.Multiple(() =>
        {
            Assert.That(record.RootElement.GetProperty("files").EnumerateArray().Select(file => Path.GetFileName(file.GetProperty("path").GetString())), Is.EquivalentTo(new[] { "best.pth", "base.pth", "new.nii.gz" }));
            Assert.That(record.RootElement.GetProperty("device").GetString(), Is.EqualTo("cpu"));
            Assert.That(File.ReadAllBytes(_scene.File("run/run.json")), Is.EqualTo(training));
            Assert.That(File.Exists(_scene.File("run/run.predict.json")));
        });
        File.Delete(_scene.File("run/run.predict.json"));
        File.Delete(_scene.File("run/new.nii.gz"));
    }

    [Test]
    public void The_file_remembers_window_sizes_and_orientation()
    {
        _scene.MustTrain("special", [.. s_learns, "--window", "-200", "300", "--input-size", "28", "--orientation", "LPS", "--zoom-edge", "paper"]);
        Assert.That(CliRun.Of(_scene.Predict("special", "out/remembered.nii.gz")).ExitCode, Is.Zero);
        Assert.That(CliRun.Of(_scene.Predict("special", "out/told.nii.gz", "--window", "-200", "300", "--input-size", "28", "--orientation", "LPS", "--zoom-edge", "paper")).ExitCode, Is.Zero);
        Assert.That(CliRun.Of(_scene.Predict("special", "out/other.nii.gz", "--window", "-20", "100")).ExitCode, Is.Zero);

        var remembered = VolumeFile.ReadLabels(_scene.File("out/remembered.nii.gz")).Voxels;
        Assert.That(remembered.SequenceEqual(VolumeFile.ReadLabels(_scene.File("out/told.nii.gz")).Voxels));
        Assert.That(remembered.SequenceEqual(VolumeFile.ReadLabels(_scene.File("out/other.nii.gz")).Voxels), Is.False, "options on the command line count");
    }

    [Test]
    public void A_2D_image_goes_the_way_that_the_network_was_trained_on()
    {
        _scene.MustTrain("detour", [.. s_learns, "--input-size", "20"]);
        var image = VolumeFile.ReadImage(_scene.NewImage);
        var slice = Array.ConvertAll(image.Slice(4).ToArray(), hu => Math.Clamp((hu + 125) / 400, 0, 1));
        NpzFile.Write(_scene.File("flat.npz"), [new("image", NpyArray.Create(slice, image.Geometry.Height, image.Geometry.Width))]);
        NpzFile.Write(_scene.File("deep.npz"), [new("image", NpyArray.Create(slice, 1, image.Geometry.Height, image.Geometry.Width))]);
        float[] Logits(string input, params string[] more)
        {
            var run = CliRun.Of(["predict", "--input", _scene.File(input), "--sam", _scene.Sam, "--lora", _scene.File("detour/best.pth"), "--output", _scene.File("out/flat.nii.gz"),
                "--save-logits", _scene.File("out/flat.npz"), .. more]);
            Assert.That(run.ExitCode, Is.Zero, run.ToString());
            using var saved = NpzFile.Open(_scene.File("out/flat.npz"));
            return saved["low_res_logits"].ToSingle();
        }

        var flat = Logits("flat.npz");

        Assert.That(flat.SequenceEqual(Logits("deep.npz")));
        Assert.That(flat.SequenceEqual(Logits("flat.npz", "--input-size", "none")), Is.False);
    }

    [Test]
    public void Without_a_base_training_says_loudly_that_it_starts_from_nothing()
    {
        var run = CliRun.Of("train", "--data", _scene.Data, "--model", _scene.Model, "--output", _scene.File("random"), "--rank", "2", "--epochs", "1", "--device", "cpu");
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Error, Does.Contain("RANDOM").And.Contain("The image encoder is trained too"));
        var predicted = CliRun.Of("predict", "--input", _scene.NewImage, "--lora", _scene.File("random/best.pth"), "--output", _scene.File("out/random.nii.gz"));
        Assert.That(predicted.ExitCode, Is.Zero, predicted.ToString());
        Assert.That(predicted.Error, Does.Contain("initial_base.safetensors"));
    }

    [Test]
    public void A_batch_of_one_trains() => _scene.MustTrain("one", "--batch-size", "1", "--epochs", "1");

    [Test]
    public void A_folder_with_one_case_trains_on_it()
    {
        Directory.CreateDirectory(_scene.File("single/images"));
        Directory.CreateDirectory(_scene.File("single/labels"));
        File.Copy(_scene.File("data/images/p1.nii.gz"), _scene.File("single/images/p1.nii.gz"));
        File.Copy(_scene.File("data/labels/p1.nii.gz"), _scene.File("single/labels/p1.nii.gz"));

        var run = CliRun.Of(_scene.Train("single-run", "--data", _scene.File("single")));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Error, Does.Contain("0 to validate on").And.Contain("the last weights count as the best"));
        Assert.That(File.Exists(_scene.File("single-run/best.pth")));
    }

    [Test]
    public void Folders_of_the_nnU_Net_kind_train()
    {
        Directory.CreateDirectory(_scene.File("nnunet/imagesTr"));
        Directory.CreateDirectory(_scene.File("nnunet/labelsTr"));
        foreach (var name in new[] { "p1", "p2" })
        {
            File.Copy(_scene.File($"data/images/{name}.nii.gz"), _scene.File($"nnunet/imagesTr/{name}_0000.nii.gz"));
            File.Copy(_scene.File($"data/labels/{name}.nii.gz"), _scene.File($"nnunet/labelsTr/{name}.nii.gz"));
        }

        var run = CliRun.Of(_scene.Train("nnunet-run", "--data", _scene.File("nnunet")));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
    }

    [Test]
    public void An_organ_that_no_training_slice_holds_is_told()
    {
        Directory.CreateDirectory(_scene.File("lacking/images"));
        foreach (var name in new[] { "p1", "p2" })
        {
            var labels = VolumeFile.ReadLabels(_scene.File($"data/labels/{name}.nii.gz"));
            VolumeFile.Write(_scene.File($"lacking/labels/{name}.nii.gz"), new LabelVolume(labels.Geometry, Array.ConvertAll(labels.Voxels, id => id is 4 or 8 ? (ushort)0 : id)));
            File.Copy(_scene.File($"data/images/{name}.nii.gz"), _scene.File($"lacking/images/{name}.nii.gz"));
        }

        var run = CliRun.Of(_scene.Train("lacking-run", "--data", _scene.File("lacking")));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Error, Does.Contain("gallbladder, pancreas").And.Contain("warning"));
    }

    [Test]
    public void An_interrupted_run_is_refused_without_resume_and_with_other_options()
    {
        string[] more = ["--epochs", "3", "--seed", "8"];
        var stopped = TinyScene.StopAt("validation Dice", _scene.Train("held", more));
        Assert.That(stopped.ExitCode, Is.EqualTo(ExitCodes.Interrupted), stopped.ToString());

        var again = CliRun.Of(_scene.Train("held", more));
        var other = CliRun.Of(_scene.Train("held", "--epochs", "4", "--seed", "8", "--resume"));
        var resumed = CliRun.Of(_scene.Train("held", [.. more, "--resume"]));

        Assert.That((again.ExitCode, other.ExitCode, resumed.ExitCode), Is.EqualTo((1, 1, 0)), again.ToString() + other + resumed);
        Assert.That(again.Error, Does.Contain("--resume").And.Contain(_scene.File("held")));
        Assert.That(other.Error, Does.Contain("training.epochs: was 3, now 4"));
    }

    [Test]
    public void A_loss_that_is_not_a_number_fails_and_keeps_the_last_good_checkpoint()
    {
        string[] more = ["--epochs", "3", "--no-augment", "--window", "none"];
        foreach (var (name, factor) in new[] { ("fine", 1f), ("huge", 1e36f) })
        {
            foreach (var patient in new[] { "p1", "p2", "p3" })
            {
                // In 0..1, so that no window is needed; then finite numbers that overflow inside the network.
                var image = VolumeFile.ReadImage(_scene.File($"data/images/{patient}.nii.gz"));
                VolumeFile.Write(_scene.File($"{name}/images/{patient}.nii.gz"), new Volume<float>(image.Geometry, Array.ConvertAll(image.Voxels, hu => factor * ((hu + 1024) / 3000))));
                Directory.CreateDirectory(_scene.File($"{name}/labels"));
                File.Copy(_scene.File($"data/labels/{patient}.nii.gz"), _scene.File($"{name}/labels/{patient}.nii.gz"));
            }
        }
        string[] Args(string data) => _scene.Train("diverged", [.. more, "--data", _scene.File(data)]);
        Assert.That(TinyScene.StopAt("validation Dice", Args("fine")).ExitCode, Is.EqualTo(ExitCodes.Interrupted));
        // Data that differ from those of the record are refused; without the record of them they are what the run finds.
        Assert.That(CliRun.Of([.. Args("huge"), "--resume"]).Error, Does.Contain("images/p1.nii.gz has changed"));
        var record = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(_scene.File("diverged/run.json")))!.AsObject();
        record.Remove("files");
        File.WriteAllText(_scene.File("diverged/run.json"), record.ToJsonString());
        var before = _scene.Files("diverged");

        var run = CliRun.Of([.. Args("huge"), "--resume"]);

        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Error, Does.Contain("diverged at step").And.Contain("NaN").And.Contain("--lr").And.Not.Contain("internal error"));
        foreach (var name in new[] { "best.pth", "last.pth", "resume.safetensors" })
        {
            Assert.That(File.ReadAllBytes(_scene.File("diverged/" + name)), Is.EqualTo(before[name]), name);
        }
    }

    [Test]
    public void Another_numbering_of_labels_trains_the_same_and_is_scored_right()
    {
        var ids = LabelTable.TotalSegmentator.FileIds.Where(pair => pair.Value > 0).GroupBy(pair => pair.Value).ToDictionary(group => group.Key, group => (ushort)group.First().Key);
        void Renumber(string from, string to)
        {
            var labels = VolumeFile.ReadLabels(from);
            VolumeFile.Write(to, new LabelVolume(labels.Geometry, Array.ConvertAll(labels.Voxels, id => id == 0 ? (ushort)0 : ids[id])));
        }
        Directory.CreateDirectory(_scene.File("ts/images"));
        foreach (var name in new[] { "p1", "p2", "p3" })
        {
            File.Copy(_scene.File($"data/images/{name}.nii.gz"), _scene.File($"ts/images/{name}.nii.gz"));
            Renumber(_scene.File($"data/labels/{name}.nii.gz"), _scene.File($"ts/labels/{name}.nii.gz"));
        }
        Renumber(_scene.NewLabels, _scene.File("ts-reference.nii.gz"));

        var trained = CliRun.Of(_scene.Train("ts-run", [.. s_learns, "--labels", "totalsegmentator", "--data", _scene.File("ts")]));
        Assert.That(trained.ExitCode, Is.Zero, trained.ToString());
        Assert.That(CliRun.Of(_scene.Predict("ts-run", "out/ts.nii.gz")).ExitCode, Is.Zero);
        Assert.That(CliRun.Of(_scene.Predict("run", "out/synapse.nii.gz")).ExitCode, Is.Zero);

        Assert.That(VolumeFile.ReadLabels(_scene.File("out/ts.nii.gz")).Voxels.SequenceEqual(VolumeFile.ReadLabels(_scene.File("out/synapse.nii.gz")).Voxels), "the same classes were learnt");
        var scores = Evaluate("out/ts.nii.gz", _scene.File("ts-reference.nii.gz"), "totalsegmentator");
        Assert.That(scores, Is.EqualTo(Evaluate("out/ts.nii.gz", _scene.NewLabels, "synapse")));
        Assert.That(scores.Max(), Is.GreaterThan(0.3));
    }

    [Test]
    public void A_prediction_that_cannot_say_what_its_ids_mean_is_told()
    {
        Assert.That(CliRun.Of(_scene.Predict("run", "out/array.npz")).ExitCode, Is.Zero);
        VolumeFile.Write(_scene.File("reference.npz"), VolumeFile.ReadLabels(_scene.NewLabels));

        var guessed = CliRun.Of("evaluate", "--prediction", _scene.File("out/array.npz"), "--reference", _scene.File("reference.npz"), "--labels", "totalsegmentator");
        var told = CliRun.Of("evaluate", "--prediction", _scene.File("out/array.npz"), "--reference", _scene.File("reference.npz"), "--labels", "totalsegmentator", "--prediction-labels", "classes");
        var same = CliRun.Of("evaluate", "--prediction", _scene.File("out/array.npz"), "--reference", _scene.File("reference.npz"), "--labels", "synapse");

        Assert.That(guessed.Error, Does.Contain("array.npz").And.Contain("--prediction-labels classes"), guessed.ToString());
        Assert.That(told.Error + same.Error, Does.Not.Contain("--prediction-labels"));
    }

    [Test]
    public void Voxels_without_a_value_are_refused_in_training_and_told_in_prediction()
    {
        var image = VolumeFile.ReadImage(_scene.NewImage);
        image[3, 2, 1] = float.NaN;
        VolumeFile.Write(_scene.File("nan/images/n.nii.gz"), image);
        Directory.CreateDirectory(_scene.File("nan/labels"));
        File.Copy(_scene.NewLabels, _scene.File("nan/labels/n.nii.gz"));

        var trained = CliRun.Of(_scene.Train("nan-run", "--data", _scene.File("nan")));
        var predicted = CliRun.Of("predict", "--input", _scene.File("nan/images/n.nii.gz"), "--sam", _scene.Sam, "--lora", _scene.File("run/best.pth"), "--output", _scene.File("out/nan.nii.gz"));

        Assert.That(trained.ExitCode, Is.EqualTo(1), trained.ToString());
        Assert.That(trained.Error, Does.Contain("n.nii.gz").And.Contain("x 1, y 2, z 3").And.Contain("NaN"));
        Assert.That(predicted.ExitCode, Is.Zero, predicted.ToString());
        Assert.That(predicted.Error, Does.Contain("warning").And.Contain("1 voxel"));
    }

    private double[] Evaluate(string prediction, string reference, string labels)
    {
        var run = CliRun.Of("evaluate", "--prediction", _scene.File(prediction), "--reference", reference, "--labels", labels, "--json", _scene.File("scores.json"));
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        return [.. Json("scores.json").GetProperty("cases")[0].GetProperty("organs").EnumerateArray().Select(organ => organ.GetProperty("dice").GetDouble())];
    }

    private JsonElement Json(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(_scene.File(name)));
        return json.RootElement.Clone();
    }
}
