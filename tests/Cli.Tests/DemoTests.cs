using System.Text.Json;
using SAMed.MLNet.Cli.Demo;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>The demonstration: all its parts on a handful of phantoms, and the real one with its promised score.</summary>
[TestFixture]
public class DemoTests
{
    [Test]
    public void A_few_phantoms_go_through_every_part()
    {
        using var folder = new TempFolder();

        var run = CliRun.Of("demo", "--cases", $"{DemoRecipe.HeldOutCases + 1}", "--output", folder.File("demo"), "--json", folder.File("scores.json"));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        AssertParts(folder);
        Assert.That(run.Output, Does.Contain("gallbladder").And.Contain("random weights").And.Contain("best.pth").And.Contain("not how it does on patients"));
        Assert.That(run.Error, Does.Contain("RANDOM"));
    }

    [Test]
    public void It_computes_where_it_is_told_to()
    {
        using var folder = new TempFolder();
        string[] args = ["demo", "--cases", $"{DemoRecipe.HeldOutCases + 1}", "--output", folder.File("demo"), "--device"];

        var run = CliRun.Of([.. args, "cpu"]);

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        using var manifest = JsonDocument.Parse(File.ReadAllText(folder.File("demo/run/run.json")));
        Assert.That(manifest.RootElement.GetProperty("device").GetString(), Is.EqualTo("cpu"));
    }

    [Test]
    public void A_device_that_is_not_there_is_told_before_anything_is_written()
    {
        using var folder = new TempFolder();

        var run = CliRun.Of("demo", "--output", folder.File("demo"), "--device", "cuda:99");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCodes.Failed), run.ToString());
        Assert.That(run.Error, Does.Contain("cuda:99"));
        Assert.That(Directory.Exists(folder.File("demo")), Is.False);
    }

    [Test]
    public void It_starts_over_in_a_folder_that_holds_an_earlier_one()
    {
        using var folder = new TempFolder();
        string[] args = ["demo", "--cases", $"{DemoRecipe.HeldOutCases + 1}", "--output", folder.File("demo"), "--json", folder.File("scores.json")];
        var stopped = Support.TinyScene.StopAt("Slices:", args);
        Assert.That(stopped.ExitCode, Is.EqualTo(ExitCodes.Interrupted), stopped.ToString());

        // One phantom more, as an earlier and larger demonstration leaves them.
        Assert.That(CliRun.Of("demo", "--data-only", "--cases", $"{DemoRecipe.HeldOutCases + 2}", "--output", folder.File("demo")).ExitCode, Is.Zero);

        var again = CliRun.Of(args);

        Assert.That(again.ExitCode, Is.Zero, again.ToString());
        using var manifest = JsonDocument.Parse(File.ReadAllText(folder.File("demo/run/run.json")));
        Assert.That(manifest.RootElement.GetProperty("trainingCases").GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    [Category("Slow")]
    public void The_whole_demonstration_reaches_its_score_and_bf16_gives_its_labels()
    {
        using var folder = new TempFolder();

        var run = CliRun.Of("demo", "--output", folder.File("demo"), "--json", folder.File("scores.json"));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        AssertParts(folder);
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File("scores.json")));
        Assert.That(json.RootElement.GetProperty("mean").GetProperty("dice").GetDouble(), Is.GreaterThanOrEqualTo(0.75), run.Output);
        AssertAgreesInBf16(folder);
    }

    private static void AssertAgreesInBf16(TempFolder folder)
    {
        foreach (var exact in Directory.EnumerateFiles(folder.File("demo/predictions"), "*.nii.gz").ToArray().AtLeastOne())
        {
            var name = Path.GetFileName(exact);
            var run = CliRun.Of("predict", "--input", folder.File($"demo/data/images/{name}"), "--sam", folder.File("demo/run/initial_base.safetensors"),
                "--lora", folder.File("demo/run/best.pth"), "--output", folder.File($"bf16/{name}"), "--precision", "bf16", "--device", "cpu");
            Assert.That(run.ExitCode, Is.Zero, run.ToString());
            var (expected, got) = (VolumeFile.ReadLabels(exact).Voxels, VolumeFile.ReadLabels(folder.File($"bf16/{name}")).Voxels);
            var agreement = expected.Zip(got, (a, b) => a == b).Count(equal => equal) / (double)expected.Length;

            TestContext.Out.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name}: {100 * agreement:0.000} % of the voxels agree"));
            Assert.That(agreement, Is.GreaterThanOrEqualTo(0.995), name);
        }
    }

    private static void AssertParts(TempFolder folder)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File("scores.json")));
        var cases = json.RootElement.GetProperty("cases").EnumerateArray().Select(one => one.GetProperty("case").GetString()!).ToArray();
        Assert.That(cases, Has.Length.EqualTo(DemoRecipe.HeldOutCases));
        Assert.That(json.RootElement.GetProperty("organs").GetArrayLength(), Is.EqualTo(8));
        foreach (var name in cases)
        {
            var prediction = VolumeFile.Identify(folder.File($"demo/predictions/{name}.nii.gz"));
            Assert.That(prediction.Geometry, Is.EqualTo(VolumeFile.Identify(folder.File($"demo/data/images/{name}.nii.gz")).Geometry), name);
            Assert.That(new FileInfo(folder.File($"demo/overlays/{name}.png")).Length, Is.GreaterThan(1000), name);
            Assert.That(File.ReadAllBytes(folder.File($"demo/overlays/{name}.png"))[1..4], Is.EqualTo("PNG"u8.ToArray()), name);
        }
        using var manifest = JsonDocument.Parse(File.ReadAllText(folder.File("demo/run/run.json")));
        var trained = manifest.RootElement.GetProperty("trainingCases").EnumerateArray().Select(one => one.GetString()!);
        Assert.That(trained.Intersect(cases), Is.Empty, "held-out cases must not be trained on");
        Assert.That(File.Exists(folder.File("demo/run/best.pth")));
        using var record = JsonDocument.Parse(File.ReadAllText(folder.File("demo/run.json")));
        Assert.That(record.RootElement.GetProperty("seed").GetInt64(), Is.EqualTo(1234));
    }
}
