using System.Text.Json;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Tests;

[TestFixture]
public class EvaluateTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void The_json_has_the_documented_shape()
    {
        var reference = WriteCube("reference.nii.gz", id: 5, from: 2, to: 8);
        var prediction = WriteCube("prediction.nii.gz", id: 5, from: 2, to: 7);
        var run = CliRun.Of("evaluate", "--prediction", prediction, "--reference", reference, "--labels", "synapse", "--json", _folder.File("s.json"), "--csv", _folder.File("s.csv"));
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("s.json")));
        var root = json.RootElement;
        var scores = root.GetProperty("cases")[0];
        var liver = scores.GetProperty("organs")[4];
        var spleen = scores.GetProperty("organs")[0];
        var summary = root.GetProperty("organs")[4];
        Assert.Multiple(() =>
        {
            Assert.That(root.GetProperty("policy").GetString(), Is.EqualTo("strict"));
            Assert.That(root.GetProperty("spacing").GetString(), Is.EqualTo("geometry"));
            Assert.That(scores.GetProperty("case").GetString(), Is.EqualTo("reference"));
            Assert.That(scores.GetProperty("organs").GetArrayLength(), Is.EqualTo(8));
            Assert.That(liver.GetProperty("name").GetString(), Does.Contain("iver"));
            Assert.That(liver.GetProperty("dice").GetDouble(), Is.EqualTo(2.0 * 125 / (125 + 216)).Within(1e-12));
            Assert.That(liver.GetProperty("hd").GetDouble(), Is.EqualTo(Math.Sqrt(4 + 4 + 9)).Within(1e-9), "one voxel along each axis, 2x2x3 mm");
            Assert.That(liver.GetProperty("referenceVoxels").GetInt32(), Is.EqualTo(216));
            Assert.That(liver.GetProperty("predictedVoxels").GetInt32(), Is.EqualTo(125));
            Assert.That(spleen.GetProperty("dice").ValueKind, Is.EqualTo(JsonValueKind.Null), "absent in both");
            Assert.That(summary.GetProperty("dice").GetProperty("n").GetInt32(), Is.EqualTo(1));
            Assert.That(summary.GetProperty("dice").TryGetProperty("ci95", out _));
            Assert.That(root.GetProperty("mean").GetProperty("dice").GetDouble(), Is.EqualTo(2.0 * 125 / (125 + 216)).Within(1e-12));
            Assert.That(run.Output, Does.Contain("0.7331").And.Contain("mean"));
            Assert.That(File.ReadAllLines(_folder.File("s.csv")), Has.Length.EqualTo(9));
        });
    }

    [Test]
    public void Policies_and_units_do_what_they_say()
    {
        var reference = WriteCube("r.nii.gz", id: 5, from: 2, to: 8);
        var prediction = WriteCube("p.nii.gz", id: 1, from: 2, to: 8);
        var paper = Scores(prediction, reference, "--labels", "synapse", "--policy", "paper", "--spacing", "voxel");
        var strict = Scores(prediction, reference, "--labels", "synapse", "--spacing", "voxel");
        Assert.Multiple(() =>
        {
            Assert.That(paper.GetProperty("spacing").GetString(), Is.EqualTo("voxel"));
            Assert.That(Organ(paper, 1).GetProperty("dice").GetDouble(), Is.EqualTo(1), "invented, as published");
            Assert.That(Organ(strict, 1).GetProperty("dice").GetDouble(), Is.Zero);
            Assert.That(Organ(strict, 5).GetProperty("hd95").GetDouble(), Is.EqualTo(Math.Sqrt(300)).Within(1e-9));
        });
    }

    [Test]
    public void The_surface_tolerance_is_taken()
    {
        var reference = WriteCube("r.nii.gz", id: 5, from: 2, to: 8);
        var prediction = WriteCube("p.nii.gz", id: 5, from: 2, to: 7);
        Assert.Multiple(() =>
        {
            Assert.That(Organ(Scores(prediction, reference, "--labels", "synapse", "--nsd-tolerance", "10"), 5).GetProperty("nsd").GetDouble(), Is.EqualTo(1));
            Assert.That(Organ(Scores(prediction, reference, "--labels", "synapse", "--nsd-tolerance", "0"), 5).GetProperty("nsd").GetDouble(), Is.LessThan(1));
        });
    }

    [Test]
    public void Without_a_table_every_label_that_occurs_is_scored()
    {
        var reference = WriteCube("r.nii.gz", id: 300, from: 2, to: 8);
        var prediction = WriteCube("p.nii.gz", id: 7, from: 2, to: 8);
        var organs = Scores(prediction, reference).GetProperty("cases")[0].GetProperty("organs");
        Assert.That(organs.EnumerateArray().Select(organ => organ.GetProperty("name").GetString()), Is.EqualTo(new[] { "label 7", "label 300" }));
    }

    [Test]
    public void Own_predictions_count_as_class_ids_and_others_by_the_table()
    {
        // TotalSegmentator's aorta is 52; the class id is 7, which in TotalSegmentator's numbering is the pancreas.
        var reference = WriteCube("r.nii.gz", id: 52, from: 2, to: 8);
        var own = WriteCube("own.nii.gz", id: 7, from: 2, to: 8, "SAMed.MLNet 0.1.0 prediction");
        var foreign = WriteCube("foreign.nii.gz", id: 7, from: 2, to: 8);
        Assert.Multiple(() =>
        {
            Assert.That(Organ(Scores(own, reference, "--labels", "totalsegmentator"), 7).GetProperty("dice").GetDouble(), Is.EqualTo(1));
            Assert.That(Organ(Scores(foreign, reference, "--labels", "totalsegmentator"), 7).GetProperty("dice").GetDouble(), Is.Zero);
            Assert.That(Organ(Scores(foreign, reference, "--labels", "totalsegmentator", "--prediction-labels", "classes"), 7).GetProperty("dice").GetDouble(), Is.EqualTo(1));
            Assert.That(Organ(Scores(foreign, reference, "--labels", "totalsegmentator", "--prediction-labels", "synapse"), 7).GetProperty("dice").GetDouble(), Is.EqualTo(1));
        });
    }

    [Test]
    public void Own_references_count_as_class_ids_unless_told_otherwise()
    {
        var own = WriteCube("own.nii.gz", id: 7, from: 2, to: 8, "SAMed.MLNet 0.1.0 prediction");
        var foreign = WriteCube("foreign.nii.gz", id: 52, from: 2, to: 8);
        var marked = WriteCube("marked.nii.gz", id: 52, from: 2, to: 8, "SAMed.MLNet 0.1.0 prediction");
        Assert.Multiple(() =>
        {
            Assert.That(Organ(Scores(own, own, "--labels", "totalsegmentator"), 7).GetProperty("dice").GetDouble(), Is.EqualTo(1));
            Assert.That(Organ(Scores(foreign, own, "--labels", "totalsegmentator"), 7).GetProperty("dice").GetDouble(), Is.EqualTo(1));
            Assert.That(Organ(Scores(own, marked, "--labels", "totalsegmentator", "--reference-labels", "totalsegmentator"), 7).GetProperty("dice").GetDouble(), Is.EqualTo(1));
        });
        Fails(1, ["52", "--reference-labels"], "--prediction", own, "--reference", marked, "--labels", "totalsegmentator");
        Fails(2, ["--labels too"], "--prediction", own, "--reference", own, "--reference-labels", "synapse");
    }

    [Test]
    public void Results_that_would_replace_an_input_or_each_other_are_usage_errors()
    {
        var reference = WriteCube("r.nii.gz", 1, 2, 8);
        var prediction = WriteCube("p.nii.gz", 1, 2, 8);
        var before = File.ReadAllBytes(reference);
        Fails(2, ["--json", "input"], "--prediction", prediction, "--reference", reference, "--json", prediction);
        Fails(2, ["--csv", "input"], "--prediction", prediction, "--reference", reference, "--csv", reference);
        Fails(2, ["--json", "--csv", "same file"], "--prediction", prediction, "--reference", reference, "--json", _folder.File("x"), "--csv", _folder.File("./x"));
        Assert.That(File.ReadAllBytes(reference), Is.EqualTo(before));
        Assert.That(File.Exists(_folder.File("x")), Is.False);
    }

    [Test]
    public void Folders_are_matched_by_case_name_in_any_format()
    {
        WriteCube("p/b.nii.gz", 1, 2, 8);
        WriteCube("p/a.nii", 1, 2, 8);
        WriteCube("r/a.nii.gz", 1, 2, 8);
        WriteCube("r/b.nii.gz", 1, 2, 7);
        File.WriteAllText(_folder.File("r/notes.txt"), "no volume");
        var scores = Scores(_folder.File("p"), _folder.File("r"));
        Assert.That(scores.GetProperty("cases").EnumerateArray().Select(one => one.GetProperty("case").GetString()), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(scores.GetProperty("organs")[0].GetProperty("dice").GetProperty("n").GetInt32(), Is.EqualTo(2));
    }

    [Test]
    public void Cases_without_counterpart_are_all_listed()
    {
        WriteCube("p/a.nii.gz", 1, 2, 8);
        WriteCube("p/extra.nii.gz", 1, 2, 8);
        WriteCube("r/a.nii.gz", 1, 2, 8);
        WriteCube("r/missing1.nii.gz", 1, 2, 8);
        WriteCube("r/missing2.nii.gz", 1, 2, 8);
        Fails(1, ["missing1", "missing2", "extra"], "--prediction", _folder.File("p"), "--reference", _folder.File("r"));
    }

    [Test]
    public void Grids_that_differ_are_an_error_with_both_geometries()
    {
        var reference = WriteCube("r.nii.gz", 1, 2, 8);
        VolumeFile.Write(_folder.File("p.nii.gz"), new LabelVolume(new Geometry(10, 10, 10, Affine.Diagonal(2, 2, 4))));
        VolumeFile.Write(_folder.File("small.nii.gz"), new LabelVolume(new Geometry(9, 10, 10, Affine.Diagonal(2, 2, 3))));
        Fails(1, ["2x2x3 mm", "2x2x4 mm"], "--prediction", _folder.File("p.nii.gz"), "--reference", reference, "--labels", "synapse");
        Fails(1, ["10x10x10", "10x10x9"], "--prediction", _folder.File("small.nii.gz"), "--reference", reference, "--labels", "synapse");
    }

    [Test]
    public void Labels_outside_the_table_are_an_error_that_lists_them()
    {
        var reference = WriteCube("r.nii.gz", 99, 2, 8);
        Fails(1, ["99", "216", "synapse"], "--prediction", reference, "--reference", reference, "--labels", "synapse");
    }

    [Test]
    public void Own_predictions_with_ids_beyond_the_classes_are_an_error()
    {
        var own = WriteCube("own.nii.gz", 12, 2, 8, "SAMed.MLNet 0.1.0");
        var reference = WriteCube("r.nii.gz", 1, 2, 8);
        Fails(1, ["12", "--prediction-labels"], "--prediction", own, "--reference", reference, "--labels", "synapse");
    }

    [Test]
    public void Damaged_missing_and_empty_inputs_are_clear_errors()
    {
        var reference = WriteCube("r.nii.gz", 1, 2, 8);
        File.WriteAllBytes(_folder.File("cut.nii.gz"), File.ReadAllBytes(reference)[..60]);
        Directory.CreateDirectory(_folder.File("empty"));
        Fails(1, ["cut.nii.gz"], "--prediction", _folder.File("cut.nii.gz"), "--reference", reference);
        Fails(1, ["none.nii.gz", "does not exist"], "--prediction", _folder.File("none.nii.gz"), "--reference", reference);
        Fails(1, ["empty", "holds no volume"], "--prediction", _folder.File("empty"), "--reference", _folder.File("empty"));
    }

    [Test]
    public void Contradicting_options_are_usage_errors()
    {
        var reference = WriteCube("r.nii.gz", 1, 2, 8);
        Fails(2, ["two files or two folders"], "--prediction", _folder.Path, "--reference", reference);
        Fails(2, ["--labels too"], "--prediction", reference, "--reference", reference, "--prediction-labels", "synapse");
        Fails(2, ["--reference"], "--prediction", reference);
        Fails(2, ["lenient", "strict"], "--prediction", reference, "--reference", reference, "--policy", "lenient");
        Fails(2, ["--nsd-tolerance"], "--prediction", reference, "--reference", reference, "--nsd-tolerance", "-1");
    }

    private string WriteCube(string name, ushort id, int from, int to, string description = "")
    {
        var labels = new LabelVolume(new Geometry(10, 10, 10, Affine.Diagonal(2, 2, 3)));
        for (var z = from; z < to; z++)
        {
            for (var y = from; y < to; y++)
            {
                labels.Slice(z).Slice((y * 10) + from, to - from).Fill(id);
            }
        }
        VolumeFile.Write(_folder.File(name), labels, description);
        return _folder.File(name);
    }

    private JsonElement Scores(string prediction, string reference, params string[] more)
    {
        var run = CliRun.Of(["evaluate", "--prediction", prediction, "--reference", reference, "--json", _folder.File("scores.json"), .. more]);
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("scores.json")));
        return json.RootElement.Clone();
    }

    private static JsonElement Organ(JsonElement report, int id) =>
        report.GetProperty("cases")[0].GetProperty("organs").EnumerateArray().Single(organ => organ.GetProperty("id").GetInt32() == id);

    private static void Fails(int exitCode, string[] says, params string[] args)
    {
        var run = CliRun.Of(["evaluate", .. args]);
        Assert.That(run.ExitCode, Is.EqualTo(exitCode), run.ToString());
        Assert.That(run.Error, Does.Not.Contain("   at ").And.Not.Contain("internal error"));
        foreach (var text in says)
        {
            Assert.That(run.Error, Does.Contain(text));
        }
    }
}
