using System.Text.Json;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Cli.Tests;

/// <summary><c>samed preprocess</c> as it is typed.</summary>
internal sealed class PreprocessTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void The_synapse_preset_prepares_raw_volumes_and_records_what_from()
    {
        var raw = TestData.Golden("pipeline/raw");
        string[] command = ["preprocess", "--preset", "synapse", "--images", Path.Combine(raw, "img"), "--labels", Path.Combine(raw, "label"), "--output", _folder.File("out"), "--json", _folder.File("result.json")];

        var first = CliRun.Of(command);
        var again = CliRun.Of(command);

        Assert.That((first.ExitCode, again.ExitCode), Is.EqualTo((0, 0)), first.ToString());
        using var run = JsonDocument.Parse(File.ReadAllText(_folder.File("out/run.json")));
        using var result = JsonDocument.Parse(File.ReadAllText(_folder.File("result.json")));
        var cases = Directory.GetFiles(Path.Combine(raw, "img")).Length;
        Assert.Multiple(() =>
        {
            Assert.That(first.Output, Does.Contain("to train on").And.Not.Contain("already"));
            Assert.That(again.Output, Does.Contain($"{cases} were there already"));
            Assert.That(run.RootElement.GetProperty("command").GetString(), Is.EqualTo("preprocess"));
            Assert.That(run.RootElement.GetProperty("options").GetProperty("preset").GetString(), Is.EqualTo("synapse"));
            Assert.That(run.RootElement.GetProperty("files").GetArrayLength(), Is.EqualTo(2 * cases));
            Assert.That(result.RootElement.GetProperty("keptCases").GetInt32(), Is.EqualTo(cases));
            Assert.That(Directory.GetFiles(_folder.File("out/test_vol_h5")), Is.Not.Empty);
        });
    }

    [Test]
    public void A_described_folder_is_prepared_as_described_and_its_test_cases_stay_apart()
    {
        var grid = Geometry.Unplaced(depth: 2, height: 4, width: 4);
        foreach (var name in new[] { "p1", "p2", "p3", "p4", "p5" })
        {
            VolumeFile.Write(_folder.File($"data/images/{name}.nii.gz"), new Volume<float>(grid, [.. Enumerable.Range(0, 32).Select(n => (n * 10f) + name[1])]));
            VolumeFile.Write(_folder.File($"data/labels/{name}.nii.gz"), new LabelVolume(grid, [.. Enumerable.Range(0, 32).Select(n => (ushort)(n % 2 == 0 ? 0 : 7))]));
        }
        Assert.That(CliRun.Of("init", _folder.File("data")).ExitCode, Is.Zero);

        var run = CliRun.Of("preprocess", "--data", _folder.File("data"), "--output", _folder.File("out"));

        var description = DatasetDescription.Find(_folder.File("data"))!;
        using var slice = NpzFile.Open(_folder.File($"out/train_npz/{description.Split!.Training[0]}_slice000.npz"));
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero, run.ToString());
            Assert.That(run.ToString(), Does.Contain("dataset.json"));
            Assert.That(description.Split.Test, Is.Not.Empty);
            Assert.That(Directory.GetFiles(_folder.File("out/test_vol_h5")).Select(VolumeFile.CaseName), Is.EquivalentTo(description.Split.Test));
            Assert.That(slice["label"].As<float>().Max(), Is.EqualTo(1), "id 7 is the data set's first class");
        });
    }

    [Test]
    public void Options_reach_the_files()
    {
        var grid = Geometry.Unplaced(depth: 2, height: 4, width: 4);
        foreach (var name in new[] { "p", "q" })
        {
            VolumeFile.Write(_folder.File($"images/{name}.nii.gz"), new Volume<float>(grid, [.. Enumerable.Range(0, 32).Select(n => (float)n)]));
            VolumeFile.Write(_folder.File($"labels/{name}.nii.gz"), new LabelVolume(grid, [.. Enumerable.Repeat((ushort)52, 32)]));
        }
        File.WriteAllText(_folder.File("test.txt"), "q\n");

        var run = CliRun.Of("preprocess", "--images", _folder.File("images"), "--labels", _folder.File("labels"), "--output", _folder.File("out"), "--window", "0", "31",
            "--label-table", "totalsegmentator", "--test-cases", _folder.File("test.txt"), "--size", "2", "--compress");

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        using var slice = NpzFile.Open(_folder.File("out/train_npz_2/p_slice001.npz"));
        Assert.Multiple(() =>
        {
            Assert.That(slice["image"].Shape, Is.EqualTo(new[] { 2, 2 }));
            Assert.That(slice["image"].As<float>(), Is.EqualTo(new[] { 16 / 31f, 19 / 31f, 28 / 31f, 1f }).Within(1e-6));
            Assert.That(slice["label"].As<float>(), Is.All.EqualTo(7f), "TotalSegmentator's 52 is the aorta");
            Assert.That(VolumeFile.ReadImage(_folder.File("out/test_vol_h5/q.npy.h5")).Geometry.Height, Is.EqualTo(4), "test volumes keep their size");
        });
    }

    [TestCase("--images and --labels, or --data")]
    [TestCase("--images and --labels, or --data", "--images", "x")]
    [TestCase("--images and --labels, or --data", "--images", "x", "--labels", "y", "--data", "z")]
    [TestCase("--list names npz slices", "--images", "x", "--labels", "y", "--list", "l.txt")]
    [TestCase("--window takes", "--images", "x", "--labels", "y", "--window", "5", "1")]
    [TestCase("--orientation takes", "--images", "x", "--labels", "y", "--orientation", "RAR")]
    [TestCase("--size takes", "--images", "x", "--labels", "y", "--size", "0")]
    [TestCase("--workers takes", "--images", "x", "--labels", "y", "--workers", "-1")]
    public void A_wrong_command_line_is_explained(string message, params string[] options)
    {
        var run = CliRun.Of(["preprocess", "--output", _folder.File("out"), .. options]);

        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(2), run.ToString());
            Assert.That(run.Error, Does.Contain(message));
            Assert.That(Directory.Exists(_folder.File("out")), Is.False);
        });
    }

    [Test]
    public void A_missing_folder_is_named()
    {
        var run = CliRun.Of("preprocess", "--images", _folder.File("none"), "--labels", _folder.File("none"), "--output", _folder.File("out"));

        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(1));
            Assert.That(run.Error, Does.Contain(_folder.File("none")));
        });
    }
}
