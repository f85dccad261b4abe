using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Cli.Tests.Support;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>Result files that cannot be written are refused before the work, not after it.</summary>
[TestFixture]
public class ResultFileTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp()
    {
        _folder = new TempFolder();
        File.WriteAllText(_folder.File("file"), "old");
    }

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void What_can_be_written_passes_and_nothing_is_left()
    {
        ResultFile.EnsureWritable(null);
        ResultFile.EnsureWritable(_folder.File("file"));
        ResultFile.EnsureWritable(_folder.File("new.json"));
        ResultFile.EnsureWritable(_folder.File("a/b/c/new.json"));

        Assert.That(Directory.EnumerateFileSystemEntries(_folder.Path), Is.EqualTo(new[] { _folder.File("file") }));
        Assert.That(File.ReadAllText(_folder.File("file")), Is.EqualTo("old"));
    }

    [Test]
    public void A_folder_of_others_is_not_removed()
    {
        Directory.CreateDirectory(_folder.File("empty"));
        ResultFile.EnsureWritable(_folder.File("empty/b/new.json"));
        Assert.That(Directory.EnumerateFileSystemEntries(_folder.File("empty")), Is.Empty);
    }

    [TestCase("")]
    [TestCase(".")]
    [TestCase("no-such-folder/")]
    [TestCase("file/new.json")]
    [TestCase("file/deeper/new.json")]
    public void What_cannot_be_written_is_refused_as_by_the_write(string name)
    {
        var path = name.Length == 0 ? name : Path.Combine(_folder.Path, name);

        Assert.That(() => ResultFile.EnsureWritable(path), Throws.TypeOf<CommandFailedException>().With.Message.Contains($"'{path}'"));
        Assert.That(Directory.EnumerateFileSystemEntries(_folder.Path), Is.EqualTo(new[] { _folder.File("file") }));
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Links need a privilege there.")]
    public void A_link_to_an_input_is_that_input()
    {
        File.CreateSymbolicLink(_folder.File("link"), "file");
        Directory.CreateSymbolicLink(_folder.File("alias"), _folder.Path);

        Assert.That(() => ResultFile.RefuseClash([("--json", _folder.File("link"))], [_folder.File("file")]), Throws.TypeOf<UsageException>().With.Message.Contains("--json"));
        Assert.That(() => ResultFile.RefuseClash([("--json", _folder.File("alias/new")), ("--csv", _folder.File("new"))], []), Throws.TypeOf<UsageException>());
        Assert.That(() => ResultFile.RefuseClash([("--json", null), ("--csv", _folder.File("new")), ("--png", null)], [_folder.File("file")]), Throws.Nothing);
    }

    [TestCase("--json", "evaluate", "--prediction", "LABELS", "--reference", "LABELS")]
    [TestCase("--csv", "evaluate", "--prediction", "LABELS", "--reference", "LABELS")]
    [TestCase("--json", "doctor")]
    [TestCase("--json", "checkpoint", "inspect", "SAM")]
    [TestCase("--json", "checkpoint", "verify", "SAM")]
    [TestCase("--json", "checkpoint", "convert", "SAM", "CONVERTED")]
    public void Commands_say_so_before_they_work(string option, params string[] args)
    {
        using var scene = new TinyScene(cases: 2);
        var result = _folder.File("file/result");
        var converted = scene.File("converted.safetensors");
        string[] filled = [.. args.Select(word => word switch { "LABELS" => scene.NewLabels, "SAM" => scene.Sam, "CONVERTED" => converted, _ => word })];

        var run = CliRun.Of([.. filled, option, result]);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCodes.Failed), run.ToString());
        Assert.That(run.Error, Does.Contain($"'{result}'").And.Not.Contain("internal error"));
        Assert.That(run.Output, Is.Empty);
        Assert.That(File.Exists(converted), Is.False);
    }
}
