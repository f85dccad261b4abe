using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Tests.Support;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>No result file replaces a file that the command reads or another of its results.</summary>
[TestFixture]
public class ClashTests
{
    private static readonly string[] s_inputs = ["base.pth", "run/best.pth", "model.json", "labels.json", "list.txt", "test/images/new.nii.gz", "test/labels/new.nii.gz"];

    private TinyScene _scene = null!;

    [OneTimeSetUp]
    public void MakeScene()
    {
        _scene = new TinyScene(cases: 2);
        _scene.MustTrain("run", "--epochs", "1", "--validation", "0");
        File.WriteAllText(_scene.File("labels.json"), Imaging.LabelTable.Synapse.ToJson());
        File.WriteAllText(_scene.File("list.txt"), "new\n");
    }

    [OneTimeTearDown]
    public void RemoveScene() => _scene.Dispose();

    private static IEnumerable<TestCaseData> Clashes()
    {
        foreach (var input in s_inputs)
        {
            yield return new("test", input);
        }
        foreach (var input in s_inputs.Where(name => name is not ("list.txt" or "labels.json" or "test/labels/new.nii.gz")))
        {
            yield return new("predict", input);
        }
        foreach (var input in s_inputs[..4].Concat(["data/images/p1.nii.gz", "data/labels/p1.nii.gz"]))
        {
            yield return new("train", input);
        }
        yield return new("evaluate", "labels.json");
        foreach (var result in new[] { "run.json", "run.test.json", "scores.json", "test_log/log.txt", "predictions/new_pred.nii.gz" })
        {
            yield return new("test", "out/" + result);
        }
        foreach (var result in new[] { "run.json", "best.pth", "losses.csv", "tensorboard/events" })
        {
            yield return new("train", "out/" + result);
        }
        foreach (var result in new[] { "run.json", "new.nii.gz" })
        {
            yield return new("predict", "out/" + result);
        }
    }

    [TestCaseSource(nameof(Clashes))]
    public void A_result_named_as_another_file_of_the_command_is_a_usage_error_before_the_work(string command, string json)
    {
        var before = _scene.Files(".");

        var run = CliRun.Of([.. Arguments(command), "--json", _scene.File(json)]);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCodes.Usage), run.ToString());
        Assert.That(run.Error, Does.Contain("--json").And.Contain(Path.GetFileName(json)));
        Assert.That(_scene.Files("."), Is.EqualTo(before));
    }

    [Test]
    public void The_SAM_file_that_is_found_beside_the_LoRA_file_is_an_input_too()
    {
        File.Copy(_scene.Sam, _scene.File("run/base.pth"));
        string[] arguments = [.. Arguments("test").Where(word => word != "--sam" && word != _scene.Sam), "--json", _scene.File("run/base.pth")];

        var run = CliRun.Of(arguments);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCodes.Usage), run.ToString());
        Assert.That(File.ReadAllBytes(_scene.File("run/base.pth")), Is.EqualTo(File.ReadAllBytes(_scene.Sam)));
        File.Delete(_scene.File("run/base.pth"));
    }

    [Test]
    public void A_copy_of_the_result_under_a_name_of_its_own_in_the_folder_is_written()
    {
        var run = CliRun.Of([.. Arguments("predict"), "--json", _scene.File("out/summary.json")]);

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(File.Exists(_scene.File("out/summary.json")), Is.True);
        using var record = System.Text.Json.JsonDocument.Parse(File.ReadAllText(_scene.File("out/run.json")));
        Assert.That(record.RootElement.GetProperty("effective").GetProperty("preprocessing")[0].GetProperty("windowMin").GetDouble(), Is.EqualTo(-125));
        Assert.That(record.RootElement.GetProperty("files").EnumerateArray().Select(file => Path.GetFileName(file.GetProperty("path").GetString())),
            Is.EquivalentTo(new[] { "base.pth", "best.pth", "model.json", "new.nii.gz" }));
        Directory.Delete(_scene.File("out"), recursive: true);
    }

    private string[] Arguments(string command) => command switch
    {
        "test" => ["test", "--data", _scene.File("test"), "--list", _scene.File("list.txt"), "--labels", _scene.File("labels.json"), .. ModelFiles, "--output", _scene.File("out")],
        "predict" => ["predict", "--input", _scene.File("test/images"), .. ModelFiles, "--output", _scene.File("out") + "/"],
        "train" => _scene.Train("out", "--lora", _scene.File("run/best.pth"), "--labels", _scene.File("labels.json")),
        _ => ["evaluate", "--prediction", _scene.NewLabels, "--reference", _scene.NewLabels, "--labels", _scene.File("labels.json")],
    };

    private string[] ModelFiles => ["--sam", _scene.Sam, "--lora", _scene.File("run/best.pth"), "--model", _scene.Model, "--device", "cpu"];
}
