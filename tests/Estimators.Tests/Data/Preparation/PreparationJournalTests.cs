using System.Text.Json.Nodes;
using NUnit.Framework;
using SAMed.MLNet.Estimators.Data.Preparation;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.TestKit;

namespace SAMed.MLNet.Estimators.Tests.Data.Preparation;

/// <summary>A <c>prepared.jsonl</c> that somebody altered.</summary>
internal sealed class PreparationJournalTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp()
    {
        _folder = new TempFolder();
        var grid = Geometry.Unplaced(depth: 1, height: 4, width: 4);
        VolumeFile.Write(_folder.File("images/a.nii.gz"), new Volume<float>(grid, new float[16]));
        VolumeFile.Write(_folder.File("labels/a.nii.gz"), new LabelVolume(grid, new ushort[16]));
        DataPreparation.Execute(Options);
    }

    [TearDown]
    public void TearDown() => _folder.Dispose();

    private DataPreparationOptions Options => new() { Images = _folder.File("images"), Labels = _folder.File("labels"), Output = _folder.File("out") };

    private string Journal => _folder.File("out/prepared.jsonl");

    [TestCase("../precious.npz")]
    [TestCase("train_npz/../../precious.npz")]
    [TestCase("../out/train_npz/../../precious.npz")]
    [TestCase("/precious.npz")]
    [TestCase("precious.npz")]
    [TestCase("train_npz/precious.txt")]
    [TestCase("train_npz_x/precious.npz")]
    public void A_file_that_no_preparation_writes_is_refused_and_never_removed(string foreign)
    {
        var precious = Path.GetFullPath(Path.Combine(_folder.File("out"), foreign.StartsWith('/') ? _folder.File("precious.npz") : foreign));
        Directory.CreateDirectory(Path.GetDirectoryName(precious)!);
        File.WriteAllText(precious, "mine");
        var lines = File.ReadAllLines(Journal);
        var entry = JsonNode.Parse(lines[1])!;
        entry["outputs"]![0]!["path"] = foreign.StartsWith('/') ? precious : foreign;
        File.WriteAllLines(Journal, [lines[0], entry.ToJsonString()]);

        foreach (var overwrite in new[] { false, true })
        {
            Assert.That(() => DataPreparation.Execute(Options with { Overwrite = overwrite }),
                Throws.TypeOf<DataPreparationException>().With.Message.Contains(Journal).And.Message.Contains("line 2").And.Message.Contains("remove this file"));
        }
        Assert.That(File.ReadAllText(precious), Is.EqualTo("mine"));
    }

    [TestCase(0, "[1]")]
    [TestCase(0, "{}")]
    [TestCase(0, "no json")]
    [TestCase(0, "{\"preparation\":2}")]
    [TestCase(1, "{}")]
    [TestCase(1, "7")]
    [TestCase(1, "{\"case\":\"a\",\"outputs\":null,\"sources\":[]}")]
    [TestCase(1, "{\"case\":\"a\",\"outputs\":[null],\"sources\":[]}")]
    [TestCase(1, "{\"case\":5}")]
    public void A_line_that_is_none_of_a_preparations_is_named(int line, string text)
    {
        var lines = File.ReadAllLines(Journal);
        lines[line] = text;
        File.WriteAllLines(Journal, lines);

        Assert.That(() => DataPreparation.Execute(Options),
            Throws.TypeOf<DataPreparationException>().With.Message.Contains(Journal).And.Message.Contains($"line {line + 1}").And.Message.Contains("remove this file"));
    }

    [Test]
    public void Files_to_replace_are_checked_as_well()
    {
        var precious = _folder.File("precious.npz");
        File.WriteAllText(precious, "mine");
        var lines = File.ReadAllLines(Journal);
        var head = JsonNode.Parse(lines[0])!;
        head["replaces"] = new JsonArray("../precious.npz");
        File.WriteAllLines(Journal, [head.ToJsonString(), lines[1]]);

        Assert.That(() => DataPreparation.Execute(Options), Throws.TypeOf<DataPreparationException>().With.Message.Contains("line 1").And.Message.Contains("replaces"));
        Assert.That(File.Exists(precious), Is.True);
    }

    [Test]
    public void Another_label_table_is_told_by_its_name()
    {
        var fault = Assert.Throws<DataPreparationException>(() => DataPreparation.Execute(Options with { LabelTable = LabelTable.Btcv }))!;

        Assert.That(fault.Faults, Has.Some.EqualTo($"labels: was none (ids as they stand), now the label table {LabelTable.Btcv.Name} ({LabelTable.Btcv.Classes.Count} classes)"));
    }
}
