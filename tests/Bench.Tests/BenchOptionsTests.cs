using SAMed.MLNet.Bench.Reporting;

namespace SAMed.MLNet.Bench.Tests;

[TestFixture]
public class BenchOptionsTests
{
    [TestCase("--device", "tpu", "tpu")]
    [TestCase("--device", "auto", "auto")]
    [TestCase("--device", "cuda:x", "cuda:x")]
    [TestCase("--samed", "/nonexistent", "/nonexistent")]
    [TestCase("--model", "vit_x", "vit_x")]
    [TestCase("--batches", "1,0", "0")]
    [TestCase("--repetitions", "some", "some")]
    public void A_value_that_makes_no_sense_is_named(string option, string value, string named) =>
        Assert.That(() => BenchOptions.Parse(["model", option, value]), Throws.ArgumentException.With.Message.Contains($"'{named}'"));

    [Test]
    public void A_broken_model_file_is_named()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("broken.json"), "{ \"depth\": ");

        Assert.That(() => BenchOptions.Parse(["--model", folder.File("broken.json")]), Throws.ArgumentException.With.Message.Contains("broken.json"));
    }

    [Test]
    public void Results_that_are_a_file_are_refused()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("file"), "");

        Assert.That(() => BenchOptions.Parse(["--results", folder.File("file")]), Throws.ArgumentException);
    }

    [TestCase("--help")]
    [TestCase("model", "--help")]
    [TestCase("model", "-h", "--quick")]
    public void Help_is_asked_for_anywhere(params string[] arguments) => Assert.That(BenchOptions.Parse(arguments).WantsHelp);

    [Test]
    public void What_follows_a_section_is_kept()
    {
        var options = BenchOptions.Parse(["parity", "--quick", "golden", "more"]);

        Assert.That(options.Section, Is.EqualTo("parity"));
        Assert.That(options.Words, Is.EqualTo(new[] { "golden", "more" }));
    }

    [Test]
    public void Only_a_run_of_everything_has_the_name_of_the_days_table()
    {
        string[][] others = [["--quick"], ["--model", "vit_h"], ["--batches", "1"], ["--repetitions", "2"], ["--batches", "1", "--repetitions", "2", "--quick"]];

        string[] names = [.. others.Append([]).Append(["--device", "cuda"]).Select(arguments => ResultsFile.NameFor(BenchOptions.Parse(arguments), "2026-01-02"))];

        Assert.That(names, Is.Unique);
        Assert.That(names[^2], Is.EqualTo("2026-01-02-cpu"));
        Assert.That(names[^1], Is.EqualTo("2026-01-02-gpu"));
    }
}
