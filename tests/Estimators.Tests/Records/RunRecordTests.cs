using System.Text.Json;
using NUnit.Framework;
using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.TestKit;

namespace SAMed.MLNet.Estimators.Tests.Records;

internal sealed class RunRecordTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void A_file_is_recorded_with_its_length_and_the_SHA_256_of_its_bytes()
    {
        File.WriteAllText(_folder.File("abc.txt"), "abc");

        // FIPS 180-2's own example.
        Assert.That(HashedFile.Of(_folder.File("abc.txt"), _folder.Path),
            Is.EqualTo(new HashedFile("abc.txt", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")));
    }

    [Test]
    public void Files_are_listed_once_each_in_the_order_of_their_paths_whatever_the_order_given()
    {
        string[] names = ["b/2.txt", "a/1.txt", "c.txt"];
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
            File.WriteAllText(_folder.File(name), name);
        }

        var files = HashedFile.OfAll(names.Append("b/2.txt").Select(_folder.File), _folder.Path);

        Assert.That(files.Select(file => file.Path), Is.EqualTo(new[] { "a/1.txt", "b/2.txt", "c.txt" }));
    }

    [Test]
    public void A_file_outside_the_folder_keeps_its_full_path()
    {
        File.WriteAllText(_folder.File("x.txt"), "x");

        Assert.That(HashedFile.Of(_folder.File("x.txt"), _folder.File("data")).Path, Is.EqualTo(Path.GetFullPath(_folder.File("x.txt")).Replace('\\', '/')));
    }

    [Test]
    public void A_missing_file_is_named()
    {
        Assert.That(() => HashedFile.OfAll([_folder.File("gone.txt")]), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("gone.txt"));
    }

    [Test]
    public void A_record_says_version_command_options_files_seed_and_time()
    {
        var path = Record("predict").Write(_folder.Path);

        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var root = json.RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(Path.GetFileName(path), Is.EqualTo("run.json"));
            Assert.That(root.GetProperty("version").GetString(), Is.EqualTo(ProductVersion.Text));
            Assert.That(root.GetProperty("command").GetString(), Is.EqualTo("predict"));
            Assert.That(root.GetProperty("options").GetProperty("window").GetInt32(), Is.EqualTo(7));
            Assert.That(root.GetProperty("files")[0].GetProperty("sha256").GetString(), Is.EqualTo("00ff"));
            Assert.That(root.GetProperty("seed").GetInt64(), Is.EqualTo(3));
            Assert.That(root.GetProperty("libTorch").GetString(), Does.StartWith("2."));
            Assert.That(root.GetProperty("threads").GetInt32(), Is.EqualTo(1));
            Assert.That(root.GetProperty("seconds").GetDouble(), Is.EqualTo(1.5));
        });
    }

    [Test]
    public void A_record_of_the_same_command_is_replaced_and_one_of_another_is_kept()
    {
        var first = Record("train").Write(_folder.Path);
        var other = Record("reproduce synapse").Write(_folder.Path);
        var again = (Record("train") with { Seed = 4 }).Write(_folder.Path);

        Assert.Multiple(() =>
        {
            Assert.That(Path.GetFileName(other), Is.EqualTo("run.reproduce-synapse.json"));
            Assert.That(again, Is.EqualTo(first));
            Assert.That(File.ReadAllText(first), Does.Contain("\"seed\": 4"));
        });
    }

    [TestCase("not json")]
    [TestCase("[1]")]
    [TestCase("{ \"command\": 5 }")]
    public void A_run_json_that_is_no_record_is_kept(string content)
    {
        File.WriteAllText(_folder.File("run.json"), content);

        var path = Record("predict").Write(_folder.Path);

        Assert.Multiple(() =>
        {
            Assert.That(Path.GetFileName(path), Is.EqualTo("run.predict.json"));
            Assert.That(File.ReadAllText(_folder.File("run.json")), Is.EqualTo(content));
        });
    }

    private static RunRecord Record(string command) => new()
    {
        Command = command,
        Options = new { Window = 7 },
        Files = [new HashedFile("a.nii.gz", 1, "00ff")],
        Seed = 3,
        Started = DateTimeOffset.UnixEpoch,
        Seconds = 1.5,
    };
}
