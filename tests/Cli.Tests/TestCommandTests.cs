using System.Globalization;
using System.Text.Json;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Tests;

/// <summary><c>samed test</c> on the reference's own run of test.py.</summary>
[TestFixture]
public class TestCommandTests : OnGoldenPipeline
{
    [Test]
    public void The_references_command_gives_its_log_on_standard_output_and_in_the_file()
    {
        var run = Run("--list", Golden.List, "--save-nifti", "--paper-geometry");

        var expected = File.ReadAllLines(Golden.Log);
        var lines = run.Output.Split('\n').Select(line => line.TrimEnd('\r')).ToArray();
        Assert.That(lines[1], Is.EqualTo(expected[0]));
        Assert.That(lines, Does.Contain(expected[^1]));
        Assert.That(File.ReadAllLines(Folder.File("out/test_log/log.txt")).Select(line => line[15..]), Is.EqualTo(lines.Take(expected.Length + 1)));
        Assert.That(run.Output, Does.Contain("Dice, paper").And.Contain("Dice, strict"));
        Assert.That(Directory.EnumerateFiles(Folder.File("out/predictions")).Select(Path.GetFileName),
            Is.EquivalentTo(Golden.Cases.SelectMany(name => new[] { "pred", "img", "gt" }.Select(what => $"{name}_{what}.nii.gz"))));
    }

    [Test]
    public void The_folder_of_results_says_what_it_was_made_from()
    {
        _ = Run("--json", Folder.File("copy.json"));

        using var record = JsonDocument.Parse(File.ReadAllText(Folder.File("out/run.json")));
        Assert.That(record.RootElement.GetProperty("command").GetString(), Is.EqualTo("test"));
        Assert.That(record.RootElement.GetProperty("files").EnumerateArray().Select(file => Path.GetFileName(file.GetProperty("path").GetString())),
            Is.EquivalentTo(Golden.Cases.Select(name => name + ".npy.h5").Concat(["base_sam.pth", "lora_trained.pth", Path.GetFileName(Golden.Config)])));
        Assert.That(File.ReadAllText(Folder.File("copy.json")), Is.EqualTo(File.ReadAllText(Folder.File("out/scores.json"))));
    }

    [Test]
    public void The_record_says_with_what_the_model_was_run_whoever_decided_it_and_which_list_and_table_were_read()
    {
        foreach (var name in Golden.Cases)
        {
            Copy(Golden.Volume(name), $"data/{name}.npy.h5");
        }
        File.WriteAllText(Folder.File("data/test_vol.txt"), Golden.Cases[0] + "\n");
        File.WriteAllText(Folder.File("table.json"), LabelTable.Synapse.ToJson());

        var run = CliRun.Of([.. Arguments(Folder.File("data")).SkipLast(1), "auto", "--labels", Folder.File("table.json"), "--batch-size", "2", "--zoom-edge", "exact"]);

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        using var record = JsonDocument.Parse(File.ReadAllText(Folder.File("out/run.json")));
        var (root, effective) = (record.RootElement, record.RootElement.GetProperty("effective"));
        var way = effective.GetProperty("preprocessing").EnumerateArray().Single();
        var device = root.GetProperty("device").GetString();
        Assert.Multiple(() =>
        {
            Assert.That(device, Is.EqualTo(Modeling.Runtime.Devices.Resolve("auto").ToString()).And.Not.EqualTo("auto"));
            Assert.That(root.GetProperty("options").GetProperty("batch-size").GetInt32(), Is.EqualTo(2));
            Assert.That(effective.GetProperty("model").GetProperty("imageSize").GetInt32(), Is.EqualTo(way.GetProperty("imageSize").GetInt32()).And.GreaterThan(0));
            Assert.That(effective.GetProperty("lora").GetProperty("rank").GetInt32(), Is.GreaterThan(0));
            Assert.That(effective.GetProperty("samSha256").GetString(), Is.EqualTo(Estimators.Records.HashedFile.Of(Golden.Sam).Sha256));
            Assert.That(way.GetProperty("zoomEdge").GetString(), Is.EqualTo("Exact"));
            Assert.That(way.TryGetProperty("inputSize", out _) && way.TryGetProperty("windowMin", out _) && way.TryGetProperty("orientation", out _), Is.True);
            Assert.That(root.GetProperty("files").EnumerateArray().Select(file => Path.GetFileName(file.GetProperty("path").GetString())), Is.EquivalentTo(
                new[] { Golden.Cases[0] + ".npy.h5", "base_sam.pth", "lora_trained.pth", Path.GetFileName(Golden.Config), "test_vol.txt", "table.json" }));
        });
    }

    [Test]
    public void Without_a_list_every_case_is_tested_in_the_order_of_the_names()
    {
        var run = Run();

        Assert.That(run.Output.Split('\n').Where(line => line.StartsWith("idx", StringComparison.Ordinal)).Select(line => line.Split(' ')[3]), Is.EqualTo(Golden.Cases.Order(StringComparer.Ordinal)));
    }

    [Test]
    public void Options_of_the_way_to_the_network_and_of_the_scores_are_taken()
    {
        _ = Run("--input-size", "none", "--spacing", "geometry", "--policy", "strict", "--batch-size", "1");

        using var json = JsonDocument.Parse(File.ReadAllText(Folder.File("out/scores.json")));
        Assert.That(json.RootElement.GetProperty("strict").GetProperty("spacing").GetString(), Is.EqualTo("geometry"));
        var dice = json.RootElement.GetProperty("strict").GetProperty("mean").GetProperty("dice").GetDouble();
        Assert.That(File.ReadAllText(Folder.File("out/test_log/log.txt")), Does.Contain(FormattableString.Invariant($"mean_dice : {dice:F6}")));
    }

    [Test]
    public void NIfTI_pairs_are_tested_with_the_table_of_their_ids_and_kept_on_their_geometry()
    {
        foreach (var name in Golden.Cases)
        {
            Copy(Golden.RawImage(name), $"raw/images/{name}.nii.gz");
            Copy(Golden.RawImage(name).Replace("img", "label", StringComparison.Ordinal), $"raw/labels/{name}.nii.gz");
        }

        var without = CliRun.Of(Arguments(Folder.File("raw")));
        Assert.That(without.ExitCode, Is.EqualTo(1), without.ToString());
        Assert.That(without.Error, Does.Contain("--labels"));
        var run = CliRun.Of([.. Arguments(Folder.File("raw")), "--labels", "btcv", "--save-nifti"]);

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        var first = Golden.Cases[0];
        Assert.That(VolumeFile.Identify(Folder.File($"out/predictions/{first}_pred.nii.gz")).Geometry, Is.EqualTo(VolumeFile.Identify(Golden.RawImage(first)).Geometry));
    }

    [TestCase("raw")]
    [TestCase("raw/dataset.json")]
    public void A_described_folder_brings_its_label_table_and_its_test_cases(string data)
    {
        foreach (var name in Golden.Cases)
        {
            Copy(Golden.RawImage(name), $"raw/images/{name}.nii.gz");
            Copy(Golden.RawImage(name).Replace("img", "label", StringComparison.Ordinal), $"raw/labels/{name}.nii.gz");
        }
        new DatasetDescription
        {
            Path = Folder.File("raw/dataset.json"), Layout = DatasetDescription.PairsLayout, Labels = LabelTable.Btcv, WindowMin = -125, WindowMax = 275,
            Split = new() { Training = [Golden.Cases[0]], Test = [Golden.Cases[1]] },
            Cases = [.. Golden.Cases.Select(name => new DatasetCase { Name = name, Image = $"images/{name}.nii.gz", Label = $"labels/{name}.nii.gz" })],
        }.Write();

        var run = CliRun.Of(Arguments(Folder.File(data)));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Output, Does.Contain($"idx 0 case {Golden.Cases[1]} ").And.Not.Contain("idx 1 "));
        Assert.That(DiceOf(run.Output.Split('\n')), Is.EqualTo(DiceOf(File.ReadAllLines(Golden.Log))).Within(2e-3));

        double DiceOf(IEnumerable<string> lines) => double.Parse(
            lines.First(line => line.Contains($"case {Golden.Cases[1]} ", StringComparison.Ordinal)).Split(' ')[5], CultureInfo.InvariantCulture);
    }

    [Test]
    public void A_volume_in_place_of_the_folder_is_told_as_such()
    {
        var run = CliRun.Of(Arguments(Golden.Volume(Golden.Cases[0])));

        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Error, Does.Contain("Give the folder").And.Contain("--list").And.Not.Contain("JSON"));
    }

    [TestCase("--paper-geometry", 2, "--save-nifti")]
    [TestCase("--list no-such-list.txt", 1, "no-such-list.txt")]
    [TestCase("--batch-size 0", 2, "--batch-size")]
    [TestCase("--rank 7", 1, "rank")]
    [TestCase("--labels amos.json", 1, "amos.json")]
    public void A_fault_says_what_to_do_and_writes_no_score(string more, int exitCode, string message)
    {
        var run = CliRun.Of([.. Arguments(Golden.TestVolumes), .. more.Split(' ')]);

        Assert.That(run.ExitCode, Is.EqualTo(exitCode), run.ToString());
        Assert.That(run.Error, Does.Contain(message));
        Assert.That(File.Exists(Folder.File("out/scores.json")), Is.False);
    }

    private CliRun Run(params string[] more)
    {
        var run = CliRun.Of([.. Arguments(Golden.TestVolumes), .. more]);
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        return run;
    }

    private string[] Arguments(string data) =>
        ["test", "--data", data, "--sam", Golden.Sam, "--lora", Golden.Lora, "--model", Golden.Config, "--output", Folder.File("out"), "--device", "cpu"];

    private void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Folder.File(to))!);
        File.Copy(from, Folder.File(to));
    }
}
