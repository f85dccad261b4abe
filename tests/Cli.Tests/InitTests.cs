using System.Text.Json;
using SAMed.MLNet.Cli.Tests.Support;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>From a folder of strangers' files to a trained network, by <c>init</c>.</summary>
[TestFixture]
public class InitTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void Create()
    {
        _folder = new TempFolder();
        for (var n = 1; n <= 6; n++)
        {
            var grid = Geometry.Unplaced(2, 32, 32, 0.7, 0.7, 4);
            var inside = Enumerable.Range(0, grid.VoxelCount).Select(i => Math.Abs((i % 32) - 12 - n) < 6 && Math.Abs((i / 32 % 32) - 15) < 6).ToArray();
            VolumeFile.Write(_folder.File($"set/img/img{n:0000}.nii.gz"), new Volume<float>(grid, [.. inside.Select((hit, i) => hit ? 180f : -1000 + (i * 7 * n % 900))]));
            VolumeFile.Write(_folder.File($"set/label/label{n:0000}.nii.gz"), new LabelVolume(grid, [.. inside.Select(hit => hit ? (ushort)5 : (ushort)0)]));
        }
    }

    [TearDown]
    public void Delete() => _folder.Dispose();

    private CliRun Init(params string[] more) => CliRun.Of(["init", _folder.File("set"), .. more]);

    [Test]
    public void A_folder_is_described_and_trained_on_without_another_word()
    {
        var init = Init("--json", _folder.File("survey.json"));

        Assert.That(init.ExitCode, Is.Zero, init.ToString());
        Assert.That(init.Output, Does.Contain("6 cases of 6 patients").And.Contain("spacing z (mm)").And.Contain("1 foreground").And.Contain("-125..275").And.Contain("samed train"));
        var description = DatasetDescription.Find(_folder.File("set"))!;
        Assert.That((description.Cases.Count, description.Split!.Test.Count, description.Split.Validation.Count), Is.EqualTo((6, 1, 1)));
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("survey.json")));
        Assert.That(json.RootElement.GetProperty("cases").GetArrayLength(), Is.EqualTo(6));
        Assert.That(json.RootElement.GetProperty("proposal").GetProperty("split").GetProperty("test")[0].GetString(), Is.EqualTo(description.Split.Test[0]));

        TinyScene.Options.ToJsonFile(_folder.File("model.json"));
        var train = CliRun.Of("train", "--data", _folder.File("set"), "--model", _folder.File("model.json"), "--output", _folder.File("run"), "--epochs", "1", "--device", "cpu");

        Assert.That(train.ExitCode, Is.Zero, train.ToString());
        Assert.That(train.Error, Does.Contain("dataset.json: 1 class (foreground), window -125..275, orientation RAS").And.Contain("aside for tests"));
        using var run = JsonDocument.Parse(File.ReadAllText(_folder.File("run/run.json")));
        string?[] Names(string field) => [.. run.RootElement.GetProperty(field).EnumerateArray().Select(name => name.GetString())];
        Assert.That(Names("trainingCases"), Is.EqualTo(description.Split.Training));
        Assert.That(Names("validationCases"), Is.EqualTo(description.Split.Validation));
        Assert.That(run.RootElement.GetProperty("preprocessing").GetProperty("orientation").GetString(), Is.EqualTo("RAS"));
    }

    [Test]
    public void Options_of_train_count_before_the_file_and_are_told()
    {
        Assert.That(Init().ExitCode, Is.Zero);
        TinyScene.Options.ToJsonFile(_folder.File("model.json"));
        File.WriteAllText(_folder.File("labels.json"), """{ "name": "mine", "classes": [ { "id": 1, "name": "square", "from": [5] } ] }""");
        var test = DatasetDescription.Find(_folder.File("set"))!.Split!.Test[0];

        CliRun Train(params string[] more) => CliRun.Of(["train", "--data", _folder.File("set"), "--model", _folder.File("model.json"), "--output", _folder.File("run"), "--epochs", "1", "--device", "cpu", .. more]);
        var refused = Train("--validation-cases", test);
        var run = Train("--labels", _folder.File("labels.json"), "--window", "-1000", "500", "--orientation", "LPS", "--validation", "0");

        Assert.That(refused.ExitCode, Is.EqualTo(1));
        Assert.That(refused.Error, Does.Contain($"{test}: set aside for tests"));
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Error, Does.Contain("the command line decides instead: --labels, --validation, --window, --orientation"));
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("run/run.json")));
        Assert.That(json.RootElement.GetProperty("classes")[0].GetString(), Is.EqualTo("square"));
        Assert.That(json.RootElement.GetProperty("preprocessing").GetProperty("windowMin").GetDouble(), Is.EqualTo(-1000));
        Assert.That(json.RootElement.GetProperty("trainingCases").GetArrayLength(), Is.EqualTo(5), "all but the test case");
    }

    [Test]
    public void What_is_wrong_is_listed_and_nothing_is_written()
    {
        File.WriteAllText(_folder.File("set/label/label0002.nii.gz"), "no volume");
        File.Delete(_folder.File("set/label/label0003.nii.gz"));

        var run = Init();

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Output, Does.Contain("Errors (2)").And.Contain("label/label0002.nii.gz: ").And.Contain("img/img0003.nii.gz: has no label map").And.Contain("→"));
        Assert.That(run.Error, Does.Contain("2 errors").And.Contain("--skip-faulty"));
        Assert.That(File.Exists(_folder.File("set/dataset.json")), Is.False);

        var skipped = Init("--skip-faulty");
        Assert.That(skipped.ExitCode, Is.EqualTo(1), "still wrong, and told");
        Assert.That(DatasetDescription.Find(_folder.File("set"))!.Cases, Has.Count.EqualTo(4));
    }

    [Test]
    public void A_description_is_not_replaced_by_oversight()
    {
        Assert.That(Init("--dry-run").ExitCode, Is.Zero);
        Assert.That(File.Exists(_folder.File("set/dataset.json")), Is.False);
        Assert.That(Init().ExitCode, Is.Zero);

        var again = Init("--test", "0");
        Assert.That(again.ExitCode, Is.EqualTo(1));
        Assert.That(again.Error, Does.Contain("--force"));
        Assert.That(DatasetDescription.Find(_folder.File("set"))!.Split!.Test, Has.Count.EqualTo(1));
        Assert.That(Init("--test", "0", "--force").ExitCode, Is.Zero);
        Assert.That(DatasetDescription.Find(_folder.File("set"))!.Split!.Test, Is.Empty);
    }

    [Test]
    public void Evaluate_takes_the_classes_of_the_file()
    {
        Assert.That(Init("--name", "squares").ExitCode, Is.Zero);

        var run = CliRun.Of("evaluate", "--prediction", _folder.File("set/label"), "--reference", _folder.File("set/label"), "--labels", _folder.File("set/dataset.json"));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Output, Does.Contain("foreground"));
    }

    [Test]
    public void The_survey_does_not_replace_the_description_or_a_file_of_the_data()
    {
        var image = File.ReadAllBytes(_folder.File("set/img/img0001.nii.gz"));

        var description = Init("--json", _folder.File("set/dataset.json"));
        var data = Init("--json", _folder.File("set/img/img0001.nii.gz"));

        Assert.That((description.ExitCode, data.ExitCode), Is.EqualTo((2, 2)), description.ToString() + data);
        Assert.That(description.Error, Does.Contain("--json").And.Contain("dataset.json"));
        Assert.That(data.Error, Does.Contain("input files"));
        Assert.That(File.Exists(_folder.File("set/dataset.json")), Is.False);
        Assert.That(File.ReadAllBytes(_folder.File("set/img/img0001.nii.gz")), Is.EqualTo(image));
    }

    [Test]
    public void Shares_that_leave_nobody_to_train_on_are_told_by_their_options()
    {
        var run = Init("--test", "0.6", "--validation", "0.6");

        Assert.That(run.ExitCode, Is.EqualTo(2), run.ToString());
        Assert.That(run.Error, Does.Contain("--validation 0.6").And.Contain("--test 0.6").And.Not.Contain("Fraction"));
    }

    [Test]
    public void A_folder_of_test_cases_leads_to_a_test_and_is_refused_by_train()
    {
        Directory.CreateDirectory(_folder.File("set/test"));
        Directory.Move(_folder.File("set/img"), _folder.File("set/test/images"));
        Directory.Move(_folder.File("set/label"), _folder.File("set/test/labels"));
        TinyScene.Options.ToJsonFile(_folder.File("model.json"));

        var init = Init();
        var train = CliRun.Of("train", "--data", _folder.File("set"), "--model", _folder.File("model.json"), "--output", _folder.File("run"), "--epochs", "1", "--device", "cpu");

        Assert.That(init.ExitCode, Is.Zero, init.ToString());
        Assert.That(init.Output, Does.Contain("nothing to train on").And.Contain("samed test").And.Not.Contain("samed train"));
        Assert.That((train.ExitCode, Directory.Exists(_folder.File("run"))), Is.EqualTo((1, false)), train.ToString());
        Assert.That(train.Error, Does.Contain("nothing to train on").And.Contain("--force"));
    }

    [TestCase("--images", "img")]
    [TestCase("--test", "1.5")]
    public void What_makes_no_sense_is_a_usage_error(params string[] options) => Assert.That(Init(options).ExitCode, Is.EqualTo(2));
}
