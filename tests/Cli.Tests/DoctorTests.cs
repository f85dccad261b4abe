using System.Text.Json;

namespace SAMed.MLNet.Cli.Tests;

[TestFixture]
public class DoctorTests
{
    [Test]
    public void It_shows_the_libtorch_in_use_and_writes_it_as_json()
    {
        using var folder = new TempFolder();
        var run = CliRun.Of("doctor", "--json", folder.File("doctor.json"));
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File("doctor.json")));
        var libtorch = json.RootElement.GetProperty("libtorch");
        Assert.Multiple(() =>
        {
            Assert.That(run.Output, Does.Contain("libtorch").And.Contain("devices").And.Contain("threads").And.Contain("bfloat16"));
            Assert.That(libtorch.GetProperty("version").GetString(), Does.StartWith("2.10"));
            Assert.That(Directory.Exists(libtorch.GetProperty("folder").GetString()));
            Assert.That(libtorch.GetProperty("devices")[0].GetString(), Is.EqualTo("cpu"));
            Assert.That(json.RootElement.GetProperty("problem").ValueKind, Is.EqualTo(JsonValueKind.Null));
        });
    }

    [Test]
    public void A_folder_without_libtorch_is_reported_with_what_to_do()
    {
        using var folder = new TempFolder();
        var run = CliRun.Of("doctor", "--libtorch", folder.Path);
        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Error, Does.Contain(folder.Path).And.Contain("not usable"));
    }

    [Test]
    public void A_json_file_that_cannot_be_written_is_a_clear_failure()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("file"), "");
        var run = CliRun.Of("doctor", "--json", Path.Combine(folder.File("file"), "below.json"));
        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Error, Does.Contain("below.json").And.Not.Contain("   at "));
    }
}
