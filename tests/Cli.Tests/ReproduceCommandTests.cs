using System.Text.Json;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Cli.Tests;

/// <summary><c>samed reproduce synapse</c>: with nothing there, and, on the reference's synthetic run, with files that are not the published ones.</summary>
[TestFixture]
public class ReproduceCommandTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [TestCase("samed", "sam_vit_b_01ec64.pth")]
    [TestCase("samed_s", "sam_vit_b_01ec64.pth")]
    [TestCase("samed_h", "sam_vit_h_4b8939.pth")]
    public void What_is_missing_is_listed_with_where_to_get_it_and_nothing_is_written(string model, string sam)
    {
        Directory.CreateDirectory(_folder.File("data"));

        var run = CliRun.Of("reproduce", "synapse", "--model", model, "--data", _folder.File("data"), "--sam", _folder.File("sam.pth"), "--lora", _folder.File("lora.pth"), "--output", _folder.File("out"));

        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Output.Split('\n').Count(line => line.StartsWith("missing", StringComparison.Ordinal)), Is.EqualTo(14), "two models and twelve volumes");
        Assert.That(run.Error, Does.Contain($"https://dl.fbaipublicfiles.com/segment_anything/{sam}").And.Contain("https://drive.google.com/").And.Contain("case0035"));
        Assert.That(Directory.Exists(_folder.File("out")), Is.False);
    }

    [Test]
    public void Other_files_are_refused_unless_they_are_allowed()
    {
        using var golden = GoldenPipeline.Open();
        File.Copy(golden.Volume(golden.Cases[0]), _folder.File("case0002.npy.h5"));

        var run = CliRun.Of("reproduce", "synapse", "--data", _folder.Path, "--sam", golden.Sam, "--lora", golden.Lora, "--output", _folder.File("out"));
        var list = CliRun.Of("reproduce", "synapse", "--data", _folder.Path, "--sam", golden.Sam, "--lora", golden.Lora, "--output", _folder.File("out"), "--list", golden.List);

        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Error, Does.Contain("375,042,383").And.Contain("215 tensors").And.Contain("case0038"));
        Assert.That(list.ExitCode, Is.EqualTo(2), list.ToString());
        Assert.That(list.Error, Does.Contain("--allow-other-files"));
        Assert.That(Directory.Exists(_folder.File("out")), Is.False);
    }

    [Test]
    [Category("Golden")]
    public void Allowed_other_files_are_tested_and_compared_with_a_word_on_what_they_are()
    {
        using var golden = GoldenPipeline.Open();
        using var expected = NpzFile.Open(Path.Combine(golden.Folder, "end_to_end.npz"));

        var run = CliRun.Of("reproduce", "synapse", "--data", golden.TestVolumes, "--list", golden.List, "--sam", golden.Sam, "--lora", golden.Lora, "--architecture", golden.Config,
            "--allow-other-files", "--output", _folder.File("out"), "--device", "cpu", "--save-nifti", "--json", _folder.File("copy.json"));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Output, Does.Contain("different   SAM checkpoint").And.Contain("Testing Finished!").And.Contain("not the published ones").And.Contain("81.88"));
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("out/reproduction.json")));
        var mean = json.RootElement.GetProperty("mean");
        Assert.That(mean.GetProperty("dice").GetDouble(), Is.EqualTo(100 * expected["mean_dice"].ToDouble()[0]).Within(0.2));
        Assert.That(mean.GetProperty("publishedDice").GetDouble(), Is.EqualTo(81.88));
        Assert.That(json.RootElement.GetProperty("isPublishedSet").GetBoolean(), Is.False);
        Assert.That(File.ReadAllText(_folder.File("copy.json")), Is.EqualTo(File.ReadAllText(_folder.File("out/reproduction.json"))));
        Assert.That(new[] { "reproduction.csv", "reproduction.md", "scores.json", "run.json", "test_log/log.txt" }.Select(name => File.Exists(_folder.File("out/" + name))), Is.All.True);
        Assert.That(File.ReadLines(_folder.File("out/reproduction.csv")).Count(), Is.EqualTo(golden.ClassCount + 2));
    }

    [Test]
    public void A_check_alone_leaves_its_list_and_nothing_else()
    {
        using var golden = GoldenPipeline.Open();

        var run = CliRun.Of("reproduce", "synapse", "--data", golden.TestVolumes, "--list", golden.List, "--sam", golden.Sam, "--lora", golden.Lora, "--architecture", golden.Config,
            "--allow-other-files", "--check-only", "--json", _folder.File("check.json"));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Output, Does.Contain("not that of the published result").And.Not.Contain("Everything that is needed is there"));
        Assert.That(Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName), Is.EqualTo(new[] { "check.json" }));
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("check.json")));
        Assert.That(json.RootElement.GetProperty("isPublishedSet").GetBoolean(), Is.False);
        Assert.That(json.RootElement.GetProperty("files").EnumerateArray().First().GetProperty("status").GetString(), Is.EqualTo("different"));
    }

    [Test]
    public void Only_a_check_goes_without_a_folder_for_results()
    {
        var run = CliRun.Of("reproduce", "synapse", "--data", _folder.Path, "--sam", _folder.File("sam.pth"), "--lora", _folder.File("lora.pth"));
        var check = CliRun.Of("reproduce", "synapse", "--data", _folder.Path, "--sam", _folder.File("sam.pth"), "--lora", _folder.File("lora.pth"), "--check-only", "--json", _folder.File("check.json"));

        Assert.That(run.ExitCode, Is.EqualTo(2), run.ToString());
        Assert.That(run.Error, Does.Contain("--output"));
        Assert.That(check.ExitCode, Is.EqualTo(1), check.ToString());
        Assert.That(File.ReadAllText(_folder.File("check.json")), Does.Contain("\"missing\""));
    }
}
