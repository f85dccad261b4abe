using SAMed.MLNet.Cli.Tests.Support;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>Bad input through the command line: exit code 1 (2 where the command line itself is wrong), and a message that names file, field, expected and got.</summary>
[TestFixture]
public class BadInputTests
{
    private TinyScene _scene = null!;

    [OneTimeSetUp]
    public void Train()
    {
        _scene = new TinyScene(cases: 2);
        _scene.MustTrain("run", "--epochs", "1");
        File.WriteAllText(_scene.File("file"), "This is a file, and its name is where a folder should be.");
    }

    [OneTimeTearDown]
    public void TearDown() => _scene.Dispose();

    [Test]
    public void Image_and_label_of_different_shape()
    {
        var labels = VolumeFile.ReadLabels(_scene.NewLabels);
        WritePair("shape", VolumeFile.ReadImage(_scene.NewImage), new LabelVolume(new Geometry(7, 36, 40, labels.Geometry.Affine)));
        Fails(1, ["labels/case.nii.gz", "shape", "40x36x8", "40x36x7", "images/case.nii.gz"], TrainOn("shape"));
    }

    [Test]
    public void Image_and_label_in_different_places()
    {
        var labels = VolumeFile.ReadLabels(_scene.NewLabels);
        WritePair("place", VolumeFile.ReadImage(_scene.NewImage), new LabelVolume(new Geometry(8, 36, 40, Affine.Diagonal(3.6, 3.6, 4)), labels.Voxels));
        Fails(1, ["labels/case.nii.gz", "place in the patient", "affine"], TrainOn("place"));
    }

    [Test]
    public void Labels_outside_the_table()
    {
        var labels = VolumeFile.ReadLabels(_scene.NewLabels);
        WritePair("table", VolumeFile.ReadImage(_scene.NewImage), new LabelVolume(labels.Geometry, Array.ConvertAll(labels.Voxels, id => (ushort)(id == 8 ? 99 : id))));
        Fails(1, ["labels/case.nii.gz", "99", "synapse", "0..8"], TrainOn("table"));
    }

    [Test]
    public void Labels_that_are_no_whole_numbers()
    {
        var geometry = VolumeFile.Identify(_scene.NewLabels).Geometry;
        VolumeFile.Write(_scene.File("half/images/case.nii.gz"), VolumeFile.ReadImage(_scene.NewImage));
        VolumeFile.Write(_scene.File("half/labels/case.nii.gz"), new Volume<float>(geometry, Array.ConvertAll(VolumeFile.ReadLabels(_scene.NewLabels).Voxels, id => id + 0.5f)));
        Fails(1, ["labels/case.nii.gz", "0.5"], TrainOn("half"));
    }

    [Test]
    public void Folders_that_are_empty_or_missing_or_files()
    {
        Directory.CreateDirectory(_scene.File("empty"));
        Directory.CreateDirectory(_scene.File("hollow/images"));
        Directory.CreateDirectory(_scene.File("hollow/labels"));
        Fails(1, ["empty", "images/ and labels/"], TrainOn("empty"));
        Fails(1, ["hollow", "no volume"], TrainOn("hollow"));
        Fails(1, ["no-such-folder", "no such folder"], TrainOn("no-such-folder"));
        Fails(1, [_scene.File("file")], TrainOn("file"));
        Fails(1, ["empty", "no volume"], PredictOf(_scene.File("empty"), "out"));
        Fails(1, ["no-such-input"], PredictOf(_scene.File("no-such-input"), "out/a.nii.gz"));
    }

    [Test]
    public void A_list_that_names_missing_slices()
    {
        Directory.CreateDirectory(_scene.File("slices"));
        File.WriteAllText(_scene.File("list.txt"), "case1_slice000\ncase1_slice001\n");
        NpzFile.Write(_scene.File("slices/case1_slice000.npz"), [new("image", NpyArray.Create(new float[64], 8, 8)), new("label", NpyArray.Create(new float[64], 8, 8))]);
        Fails(1, ["case1_slice001.npz", "list.txt"], [.. TrainOn("slices"), "--list", _scene.File("list.txt")]);
        Fails(1, ["no-list.txt"], [.. TrainOn("slices"), "--list", _scene.File("no-list.txt")]);
    }

    [Test]
    public void Damaged_volumes()
    {
        var bytes = File.ReadAllBytes(_scene.NewImage);
        Directory.CreateDirectory(_scene.File("cut/images"));
        Directory.CreateDirectory(_scene.File("cut/labels"));
        File.WriteAllBytes(_scene.File("cut/images/case.nii.gz"), bytes[..(bytes.Length / 2)]);
        File.Copy(_scene.NewLabels, _scene.File("cut/labels/case.nii.gz"));
        File.WriteAllText(_scene.File("text.nii.gz"), "no volume at all");
        Fails(1, ["cut/images/case.nii.gz"], TrainOn("cut"));
        Fails(1, ["cut/images/case.nii.gz"], PredictOf(_scene.File("cut/images/case.nii.gz"), "out/cut.nii.gz"));
        Fails(1, ["text.nii.gz"], PredictOf(_scene.File("text.nii.gz"), "out/text.nii.gz"));
        Assert.That(Directory.Exists(_scene.File("out")) && Directory.EnumerateFiles(_scene.File("out"), "*cut*").Any(), Is.False);
    }

    [Test]
    public void One_volume_of_a_folder_that_is_gone_costs_no_other()
    {
        Directory.CreateDirectory(_scene.File("some"));
        File.Copy(_scene.NewImage, _scene.File("some/b.nii.gz"));
        File.CreateSymbolicLink(_scene.File("some/a.nii.gz"), _scene.File("nowhere.nii.gz"));
        Fails(1, ["1 of 2 volumes", "a.nii.gz", "The others are done"], [.. PredictOf(_scene.File("some"), "labels"), "--json", _scene.File("labels.json")]);
        Assert.That(_scene.File("labels/b.nii.gz"), Does.Exist);
        Assert.That(_scene.File("labels/run.json"), Does.Exist);
        Assert.That(File.ReadAllText(_scene.File("labels.json")), Does.Contain("a.nii.gz"));
    }

    [Test]
    public void Weights_that_are_none()
    {
        Fails(1, [_scene.File("file")], _scene.Train("r1", "--sam", _scene.File("file")));
        Fails(1, ["no-such.pth"], _scene.Train("r1", "--sam", _scene.File("no-such.pth")));
        Fails(1, [_scene.File("file")], [.. PredictOf(_scene.NewImage, "out/a.nii.gz", lora: _scene.File("file"))]);
        Fails(1, ["no-such.pth"], [.. PredictOf(_scene.NewImage, "out/a.nii.gz", lora: _scene.File("no-such.pth"))]);
    }

    [Test]
    public void A_lora_file_as_sam_and_the_reverse()
    {
        var lora = _scene.File("run/best.pth");
        Fails(1, [lora, "a SAMed LoRA file", "LoRA"], _scene.Train("r2", "--sam", lora));
        Fails(1, [_scene.Sam, "a SAM checkpoint"], _scene.Train("r2", "--lora", _scene.Sam));
        Fails(1, [lora, "a SAMed LoRA file", "base"], PredictOf(_scene.NewImage, "out/a.nii.gz", sam: lora));
        Fails(1, [_scene.Sam, "a SAM checkpoint", "--lora"], PredictOf(_scene.NewImage, "out/a.nii.gz", lora: _scene.Sam));
    }

    [Test]
    public void Wrong_rank_class_count_model_and_base()
    {
        Fails(1, ["rank", "the file has 2", "3"], [.. PredictOf(_scene.NewImage, "out/a.nii.gz"), "--rank", "3"]);
        Fails(1, ["classes", "the file has 8", "5"], [.. PredictOf(_scene.NewImage, "out/a.nii.gz"), "--num-classes", "5"]);
        Fails(1, ["embed_dim", "16", "768"], [.. PredictOf(_scene.NewImage, "out/a.nii.gz"), "--model", "vit_b", "--image-size", "32"]);
        var other = _scene.SaveBase("other.pth", seed: 6);
        Fails(1, [SamCheckpoint.Sha256Of(_scene.Sam), SamCheckpoint.Sha256Of(other), "base.pth"], PredictOf(_scene.NewImage, "out/a.nii.gz", sam: other));
        Fails(1, ["base.pth", "--sam"], "predict", "--input", _scene.NewImage, "--lora", _scene.File("run/best.pth"), "--output", _scene.File("out/a.nii.gz"));
    }

    [Test]
    public void Outputs_that_cannot_be_written()
    {
        Fails(1, [_scene.File("file")], _scene.Train("file/run"));
        Fails(1, [_scene.File("file")], PredictOf(_scene.NewImage, "file/labels.nii.gz"));
        Fails(1, [_scene.File("file")], [.. _scene.Train("json-run", "--epochs", "1", "--json", _scene.File("file/result.json"))]);
        Fails(1, [_scene.File("file")], [.. PredictOf(_scene.NewImage, "out/logits.nii.gz"), "--save-logits", _scene.File("file/logits.npz")]);
        Fails(1, [_scene.File("file")], "evaluate", "--prediction", _scene.NewLabels, "--reference", _scene.NewLabels, "--labels", "synapse", "--csv", _scene.File("file/scores.csv"));
        Fails(1, [_scene.File("file")], "demo", "--cases", "5", "--output", _scene.File("file"));
    }

    [Test]
    public void Outputs_that_would_overwrite_an_input()
    {
        var before = File.ReadAllBytes(_scene.NewImage);
        Fails(2, ["over the image", _scene.NewImage], PredictOf(_scene.NewImage, "test/images/new.nii.gz"));
        Fails(2, ["over the image", _scene.NewImage], PredictOf(_scene.NewImage, "test/images"));
        Fails(2, ["over the image"], PredictOf(_scene.File("test/images"), "test/../test/images"));
        File.CreateSymbolicLink(_scene.File("link.nii.gz"), _scene.NewImage);
        Fails(2, ["over the image"], PredictOf(_scene.File("link.nii.gz"), "test/images/new.nii.gz"));
        NpzFile.Write(_scene.File("over.npz"), [new("image", NpyArray.Create(new float[64], 8, 8))]);
        Fails(2, ["--save-logits"], [.. PredictOf(_scene.File("over.npz"), "out/over.nii.gz"), "--save-logits", _scene.File("over.npz")]);
        Assert.That(File.ReadAllBytes(_scene.NewImage), Is.EqualTo(before));
    }

    [Test]
    public void A_demonstration_does_not_delete_another_run()
    {
        Directory.CreateDirectory(_scene.File("mine"));
        _scene.MustTrain("mine/run", "--epochs", "1");
        Fails(1, [_scene.File("mine/run"), "--output"], "demo", "--cases", "5", "--output", _scene.File("mine"));
        Assert.That(File.Exists(_scene.File("mine/run/best.pth")));
    }

    [Test]
    public void Models_that_do_not_exist_or_make_no_sense()
    {
        Fails(1, ["vit_x", "vit_b"], _scene.Train("r3", "--model", "vit_x"));
        File.WriteAllText(_scene.File("bad.json"), """{ "image_size": 100, "patch_size": 16 }""");
        Fails(1, ["bad.json", "image_size", "100", "multiple"], _scene.Train("r3", "--model", _scene.File("bad.json")));
        File.WriteAllText(_scene.File("nojson.json"), "image_size: 100");
        Fails(1, ["nojson.json"], _scene.Train("r3", "--model", _scene.File("nojson.json")));
    }

    [Test]
    public void Label_tables_that_lack_their_classes()
    {
        File.WriteAllText(_scene.File("table.json"), """{ "name": "mine" }""");
        Fails(1, ["table.json", "classes"], _scene.Train("r4", "--labels", _scene.File("table.json")));
        Fails(1, ["no-table", "synapse"], _scene.Train("r4", "--labels", "no-table"));
    }

    [Test]
    public void Organs_that_a_reference_lacks_are_undefined_not_zero()
    {
        var labels = VolumeFile.ReadLabels(_scene.NewLabels);
        var without = new LabelVolume(labels.Geometry, Array.ConvertAll(labels.Voxels, id => id == 4 ? (ushort)0 : id));
        VolumeFile.Write(_scene.File("lacking.nii.gz"), without);
        var run = CliRun.Of("evaluate", "--prediction", _scene.File("lacking.nii.gz"), "--reference", _scene.File("lacking.nii.gz"), "--labels", "synapse", "--json", _scene.File("lacking.json"));
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(_scene.File("lacking.json")));
        var organ = json.RootElement.GetProperty("cases")[0].GetProperty("organs")[3];
        Assert.That(organ.GetProperty("dice").ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Null));
        Assert.That(json.RootElement.GetProperty("mean").GetProperty("dice").GetDouble(), Is.EqualTo(1));
    }

    private string Taken()
    {
        File.WriteAllText(_scene.File("taken"), "");
        return _scene.File("taken");
    }

    [Test]
    public void Command_lines_that_make_no_sense_are_usage_errors()
    {
        Fails(2, ["--window", "275 -125"], _scene.Train("r5", "--window", "275", "-125"));
        Fails(2, ["--window", "5 5"], [.. PredictOf(_scene.NewImage, "out/a.nii.gz"), "--window", "5", "5"]);
        Fails(2, ["--lora-layers", "0 to 1", "1-2"], _scene.Train("r5", "--lora-layers", "1-2"));
        Fails(2, ["--lora-layers"], _scene.Train("r5", "--lora-layers", "x"));
        Fails(2, ["--lora-layers"], _scene.Train("r5", "--lora-layers", ""));
        Fails(2, ["--cache-features", "--augmentation-set"], _scene.Train("r5", "--cache-features"));
        Fails(2, ["--cache-limit", "--cache-features"], _scene.Train("r5", "--cache-limit", "1"));
        Fails(2, ["--augmentation-set 2", "--no-augment"], _scene.Train("r5", "--augmentation-set", "2", "--no-augment"));
        Fails(1, ["--lora-layers"], _scene.Train("r5", "--no-augment", "--cache-features", _scene.File("cache")));
        Fails(2, ["--cache-limit", "1048576", "1e300"], _scene.Train("r5", "--no-augment", "--lora-layers", "1", "--cache-features", "--cache-limit", "1e300"));
        Fails(1, ["taken is a file", "--cache-features"], _scene.Train("r5", "--no-augment", "--train-encoder", "false", "--lora-layers", "1", "--cache-features", Taken()));
        Assert.That(Directory.Exists(_scene.File("r5")) || Directory.Exists(_scene.File("cache")), Is.False);
        Fails(2, ["--orientation", "RAX"], _scene.Train("r5", "--orientation", "RAX"));
        Fails(2, ["--input-size", "0"], _scene.Train("r5", "--input-size", "0"));
        Fails(2, ["--input-size", "32768", "1000000"], _scene.Train("r5", "--input-size", "1000000"));
        Fails(2, ["--image-size", "32768", "1000000"], _scene.Train("r5", "--image-size", "1000000"));
        Fails(2, ["folder", "out.nii.gz"], PredictOf(_scene.File("data/images"), "out.nii.gz"));
        Fails(2, ["--save-logits"], [.. PredictOf(_scene.File("data/images"), "many"), "--save-logits", _scene.File("l.npz")]);
    }

    [TestCase("--batch-size", "0")]
    [TestCase("--epochs", "0")]
    [TestCase("--lr", "-1")]
    [TestCase("--dice-weight", "1.5")]
    [TestCase("--patience", "0")]
    [TestCase("--keep-every", "0")]
    [TestCase("--rank", "0")]
    [TestCase("--device", "gpu7")]
    [TestCase("--validation", "1")]
    [TestCase("--schedule-epochs", "2")]
    public void A_value_out_of_range_is_a_usage_error_that_names_the_option(string option, string value) => Refuses(2, option, option, value);

    [TestCase("--validation-cases")]
    [TestCase("--exclude-cases")]
    public void A_case_that_is_not_there_is_named(string option) => Refuses(1, "zz", option, "zz");

    private void Refuses(int exitCode, string says, string option, string value)
    {
        string[] args = ["train", "--data", _scene.Data, "--model", _scene.Model, "--output", _scene.File("r6"), option, value];
        var run = CliRun.Of(args);
        Assert.That(run.ExitCode, Is.EqualTo(exitCode), run.ToString());
        Assert.That(run.Error, Does.Contain(says).And.Contain(value).And.Not.Contain("internal error").And.Not.Contain("Parameter '").And.Not.Contain("   at "));
        Assert.That(Directory.Exists(_scene.File("r6")), Is.False);
    }

    private string[] TrainOn(string data) => ["train", "--data", _scene.File(data), "--model", _scene.Model, "--sam", _scene.Sam, "--output", _scene.File("bad-" + data), "--epochs", "1", "--device", "cpu"];

    private string[] PredictOf(string input, string output, string? lora = null, string? sam = null) =>
        ["predict", "--input", input, "--sam", sam ?? _scene.Sam, "--lora", lora ?? _scene.File("run/best.pth"), "--output", _scene.File(output), "--device", "cpu"];

    private void WritePair(string name, Volume<float> image, LabelVolume labels)
    {
        VolumeFile.Write(_scene.File($"{name}/images/case.nii.gz"), image);
        VolumeFile.Write(_scene.File($"{name}/labels/case.nii.gz"), labels);
    }

    private static void Fails(int exitCode, string[] says, params string[] args)
    {
        var run = CliRun.Of(args);
        Assert.That(run.ExitCode, Is.EqualTo(exitCode), run.ToString());
        Assert.That(run.Error, Does.Not.Contain("   at ").And.Not.Contain("internal error"), run.ToString());
        foreach (var text in says)
        {
            Assert.That(run.Error, Does.Contain(text), run.ToString());
        }
    }
}
