using System.Text.Json;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Prediction;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>Commands on a data set that <c>init</c> has described, whose masks are named otherwise than its images.</summary>
[TestFixture]
public sealed class DescribedDataTests
{
    private TempFolder _folder = null!;
    private DatasetDescription _description = null!;

    [SetUp]
    public void Describe()
    {
        _folder = new TempFolder();
        ColourDiscs.Write(_folder.File("data"), 6);
        foreach (var mask in Directory.GetFiles(_folder.File("data/labels")))
        {
            File.Move(mask, Path.Combine(Path.GetDirectoryName(mask)!, $"{VolumeFile.CaseName(mask)}_mask.png"));
        }
        Directory.Move(_folder.File("data/labels"), _folder.File("data/masks"));
        Assert.That(CliRun.Of("init", _folder.File("data")).ExitCode, Is.Zero);
        _description = DatasetDescription.Find(_folder.File("data"))!;
    }

    [TearDown]
    public void Delete() => _folder.Dispose();

    /// <summary>The masks of some cases as their predictions, named after the cases.</summary>
    private string Predictions(string name, IEnumerable<string> cases)
    {
        Directory.CreateDirectory(_folder.File(name));
        foreach (var one in cases)
        {
            File.Copy(_folder.File($"data/masks/{one}_mask.png"), _folder.File($"{name}/{one}.png"));
        }
        return _folder.File(name);
    }

    private CliRun Evaluate(string predictions, string reference, params string[] more) =>
        CliRun.Of(["evaluate", "--prediction", predictions, "--reference", _folder.File(reference), "--spacing", "voxel", "--json", _folder.File("scores.json"), .. more]);

    private string?[] Scored()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("scores.json")));
        Assert.That(json.RootElement.GetProperty("mean").GetProperty("dice").GetDouble(), Is.EqualTo(1), "each is scored against its own mask");
        return [.. json.RootElement.GetProperty("cases").EnumerateArray().Select(one => one.GetProperty("case").GetString())];
    }

    [TestCase("data")]
    [TestCase("data/dataset.json")]
    public void Evaluate_finds_the_label_maps_and_classes_of_a_description(string reference)
    {
        var run = Evaluate(Predictions("all", _description.Cases.Select(entry => entry.Name)), reference);

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Output, Does.Contain("foreground"));
        Assert.That(run.Error, Does.Contain("references of 6 cases"));
        Assert.That(Scored(), Is.EqualTo(_description.Cases.Select(entry => entry.Name)));
    }

    [Test]
    public void Evaluate_finds_the_description_beside_the_folder_of_masks()
    {
        var run = Evaluate(Predictions("all", _description.Cases.Select(entry => entry.Name)), "data/masks", "--labels", _folder.File("data/dataset.json"));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(Scored(), Has.Length.EqualTo(6));
    }

    [Test]
    public void Evaluate_scores_whole_parts_of_the_split_and_no_half_ones()
    {
        var whole = Evaluate(Predictions("test", _description.Split!.Test), "data");
        Assert.That(whole.ExitCode, Is.Zero, whole.ToString());
        Assert.That(whole.Error, Does.Contain("(test)"));
        Assert.That(Scored(), Is.EqualTo(_description.Split.Test));

        var half = Evaluate(Predictions("half", _description.Split.Training.Skip(1)), "data");
        Assert.That(half.ExitCode, Is.EqualTo(1));
        Assert.That(half.Error, Does.Contain($"No prediction for {_description.Split.Training[0]}").And.Contain("train"));

        File.Copy(_folder.File("test/" + _description.Split.Test[0] + ".png"), _folder.File("test/stranger.png"));
        var strange = Evaluate(_folder.File("test"), "data");
        Assert.That(strange.ExitCode, Is.EqualTo(1));
        Assert.That(strange.Error, Does.Contain("stranger"));
    }

    [Test]
    public void Without_a_description_evaluate_says_how_to_get_one()
    {
        File.Delete(_folder.File("data/dataset.json"));

        var run = Evaluate(Predictions("all", _description.Cases.Select(entry => entry.Name)), "data/masks");

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("samed init"));
    }

    [Test]
    public void Results_do_not_replace_the_description()
    {
        var before = File.ReadAllText(_description.Path);

        var run = CliRun.Of("evaluate", "--prediction", Predictions("all", _description.Cases.Select(entry => entry.Name)), "--reference", _folder.File("data"), "--csv", _description.Path);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCodes.Usage), run.ToString());
        Assert.That(File.ReadAllText(_description.Path), Is.EqualTo(before));
    }

    [Test]
    public void Predict_takes_the_images_of_a_description_and_none_of_its_masks()
    {
        List<string> notes = [];

        var files = PredictionFiles.Resolve(_folder.File("data"), _folder.File("out"), notes.Add);

        Assert.That(files.Select(file => (file.Case, Path.GetFileName(file.Output))), Is.EqualTo(_description.Cases.Select(entry => (entry.Name, entry.Name + ".png"))));
        Assert.That(files.Select(file => Path.GetFileName(Path.GetDirectoryName(file.Input))), Is.All.EqualTo("images"));
        Assert.That(notes.Single(), Does.Contain("dataset.json"));

        File.Delete(files[0].Input);
        Assert.That(() => PredictionFiles.Resolve(_folder.File("data"), _folder.File("out"), notes.Add), Throws.TypeOf<CommandFailedException>().With.Message.Contains(files[0].Input));
    }

    [Test]
    public void Predict_leaves_masks_beside_their_images_out_and_says_so()
    {
        Directory.CreateDirectory(_folder.File("side"));
        foreach (var name in new[] { "p0", "p1", "p2_mask" })
        {
            File.Copy(_folder.File("data/images/p0.png"), _folder.File($"side/{name}.png"));
        }
        File.Copy(_folder.File("data/masks/p0_mask.png"), _folder.File("side/p0_mask.png"));
        File.Copy(_folder.File("data/masks/p1_mask.png"), _folder.File("side/p1-Segmentation.png"));
        List<string> notes = [];

        var files = PredictionFiles.Resolve(_folder.File("side"), _folder.File("out"), notes.Add);

        Assert.That(files.Select(file => file.Case), Is.EqualTo(new[] { "p0", "p1", "p2_mask" }), "a file without an image of its name is one itself");
        Assert.That(notes.Single(), Does.Contain("2 files").And.Contain("mask"));
    }
}
