using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Tests.Pictures;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Data;

public class DatasetSurveyTests : SurveyedFolder
{
    [Test]
    public void A_soundFolder_gives_a_description_to_train_with()
    {
        Pairs(10, 3, 9);

        var survey = Survey();

        Assert.That(survey.Findings, Is.Empty);
        var description = survey.Description!;
        Assert.Multiple(() =>
        {
            Assert.That((description.Layout, description.Orientation, description.Channels), Is.EqualTo(("pairs", "RAS", 1)));
            Assert.That((description.WindowMin, description.WindowMax), Is.EqualTo(((float?)-125, (float?)275)), "it looks like CT");
            Assert.That(description.Labels.Classes.Select(entry => entry.Name), Is.EqualTo(new[] { "label 3", "label 9" }));
            Assert.That(description.Labels.FileIds, Is.EquivalentTo(new Dictionary<int, int> { [3] = 1, [9] = 2 }));
            Assert.That((description.Split!.Training.Count, description.Split.Validation.Count, description.Split.Test.Count), Is.EqualTo((6, 2, 2)));
            Assert.That(survey.Cases[0].Labels.Keys, Is.EqualTo(new[] { 0, 3, 9 }));
            Assert.That(survey.Cases[0].SpacingMm, Is.EqualTo(new[] { 0.8, 0.8, 3 }).Within(1e-6));
        });
        description.Write();
        Assert.That(DatasetDescription.Find(Folder.Path)!.Cases, Is.EqualTo(description.Cases));
        Assert.That(new SliceLoader(description.Labels, TinyRun.Preprocessing).Load(DataFolder.Find(Folder.Path).Files), Has.Count.EqualTo(30), "what is described can be loaded");
    }

    [Test]
    public void Everything_that_is_wrong_is_listed_with_its_file_and_what_to_do()
    {
        Pairs(3, 1);
        Image("images/alone.nii.gz");
        Label("labels/orphan.nii.gz", null, 1);
        Image("images/size.nii.gz");
        Label("labels/size.nii.gz", Grid(depth: 4), 1);
        Image("images/shifted.nii.gz");
        Label("labels/shifted.nii.gz", new Geometry(3, 8, 6, new Affine(0.8, 0, 0, 50, 0, 0.8, 0, 0, 0, 0, 3, 0)), 1);
        Image("images/broken.nii.gz");
        File.WriteAllText(Folder.File("labels/broken.nii.gz"), "no volume");
        Image("images/nan.nii.gz", high: float.NaN);
        Label("labels/nan.nii.gz", null, 1);
        Image("images/empty.nii.gz");
        Label("labels/empty.nii.gz");
        Image("images/flat.nii.gz", low: 7, high: 7);
        Label("labels/flat.nii.gz", null, 1);
        File.Copy(Folder.File("images/p01.nii.gz"), Folder.File("images/twin.nii.gz"));
        Label("labels/twin.nii.gz", null, 1);

        var survey = Survey();

        Assert.That(survey.Description, Is.Null);
        (FindingSeverity, string, string)[] expected =
        [
            (FindingSeverity.Error, "images/alone.nii.gz", "no label map"), (FindingSeverity.Error, "labels/orphan.nii.gz", "no image"),
            (FindingSeverity.Error, "labels/size.nii.gz", "6x8x4"), (FindingSeverity.Error, "labels/shifted.nii.gz", "elsewhere"),
            (FindingSeverity.Error, "labels/broken.nii.gz", "expected"), (FindingSeverity.Error, "images/nan.nii.gz", "NaN"),
            (FindingSeverity.Warning, "labels/empty.nii.gz", "background only"), (FindingSeverity.Warning, "images/flat.nii.gz", "same intensity"),
            (FindingSeverity.Warning, "images/twin.nii.gz", "p01"), (FindingSeverity.Warning, "images/flat.nii.gz", "Hounsfield"),
        ];
        Assert.That(survey.Findings, Has.Count.EqualTo(expected.Length), string.Join("\n", survey.Findings));
        foreach (var (severity, file, problem) in expected)
        {
            Assert.That(survey.Findings, Has.One.Matches<SurveyFinding>(finding =>
                finding.Severity == severity && finding.File == file && finding.Problem.Contains(problem) && finding.Advice.Length > 10), $"{file}: {problem}");
        }

        var sound = Survey(new() { SkipFaulty = true }).Description!;
        Assert.That(sound.Cases.Select(entry => entry.Name), Is.EquivalentTo(new[] { "p01", "p02", "p03", "empty", "flat", "twin" }));
    }

    [Test]
    public void Labels_that_a_table_does_not_name_are_errors()
    {
        Pairs(2, 1, 4);

        var survey = Survey(new() { Labels = LabelTable.Create("mine", [("liver", [1])]) });

        Assert.That(survey.Findings.Select(finding => finding.Problem), Has.Exactly(2).Contains("holds 4").And.Exactly(2).Contains("'mine'"));
    }

    [Test]
    public void Regions_of_nnU_Net_need_a_table_of_ones_own()
    {
        Image("imagesTr/a_0000.nii.gz");
        Label("labelsTr/a.nii.gz", null, 1, 2);
        File.WriteAllText(Folder.File("dataset.json"), """{ "labels": { "background": 0, "whole": [1, 2], "core": 2 } }""");

        Assert.That(Survey().Findings, Has.One.Matches<SurveyFinding>(finding => finding.Problem.Contains("labels.whole") && finding.Advice.Contains("--labels")));
    }

    [Test]
    public void Options_out_of_range_are_all_told() =>
        Assert.That(() => Survey(new() { ValidationFraction = 0.6, TestFraction = 0.5, PatientPattern = "(", ImageFolder = "x" }),
            Throws.ArgumentException.With.Message.Contains("ValidationFraction").And.Message.Contains("PatientPattern").And.Message.Contains("LabelFolder"));

    [Test]
    public void A_cancelled_survey_stops()
    {
        Pairs(3, 1);
        using var source = new CancellationTokenSource();
        source.Cancel();

        Assert.That(() => DatasetSurvey.Run(Folder.Path, cancellationToken: source.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Masks_that_were_saved_as_JPEG_are_refused_with_a_way_out()
    {
        foreach (var (kind, name) in new[] { ("images", "train_images_ring1"), ("masks", "train_masks_ring1") })
        {
            Directory.CreateDirectory(Folder.File(kind));
            File.Copy(TestData.Real($"img2d/rings/{name}.jpg"), Folder.File($"{kind}/{name}.jpg"));
        }

        var finding = Survey().Findings.Single();

        Assert.That((finding.Severity, finding.File), Is.EqualTo((FindingSeverity.Error, "masks/train_masks_ring1.jpg")));
        Assert.That(finding.Advice, Does.Contain("PNG").And.Contain("threshold"));
    }

    [Test]
    public void Damaged_files_of_any_kind_are_findings_and_never_the_end()
    {
        Pairs(1, 1);
        Image("images/cut.nii.gz");
        Label("labels/cut.nii.gz", null, 1);
        var bytes = File.ReadAllBytes(Folder.File("images/cut.nii.gz"));
        File.WriteAllBytes(Folder.File("images/cut.nii.gz"), bytes[..(bytes.Length / 2)]);
        // Names that differ without their endings: each is a case of its own, and each is opened.
        (string Name, string Content)[] damaged =
            [("void.nii.gz", ""), ("gzip.nii.gz", "\u001f\u008b none"), ("zip.npz", "PK no archive"), ("numpy.npy", "\u0093NUMPY none"), ("hdf.h5", "\u0089HDF none"), ("nifti.nii", "none")];
        foreach (var (name, content) in damaged)
        {
            File.WriteAllBytes(Folder.File($"images/{name}"), Encoding.Latin1.GetBytes(content));
            File.WriteAllBytes(Folder.File($"labels/{name}"), Encoding.Latin1.GetBytes(content));
        }

        var survey = Survey(new() { SkipFaulty = true });

        var errors = survey.Findings.Where(finding => finding.Severity == FindingSeverity.Error).ToArray();
        Assert.That(errors.Select(finding => finding.File), Is.EquivalentTo(damaged.SelectMany(file => new[] { $"images/{file.Name}", $"labels/{file.Name}" }).Append("images/cut.nii.gz")),
            string.Join("\n", survey.Findings));
        Assert.That(errors.Select(finding => (finding.Problem.Length > 10, finding.Advice.Length > 10)), Is.All.EqualTo((true, true)));
        Assert.That(survey.Description!.Cases.Select(entry => entry.Name), Is.EqualTo(new[] { "p01" }));
    }

    [Test]
    public void Damaged_pictures_are_findings_too()
    {
        ColourDiscs.Write(Folder.Path, 2);
        foreach (var (name, content) in new[] { ("png.png", "\u0089PNG none"), ("bmp.bmp", "BM none"), ("void.png", "") })
        {
            File.WriteAllBytes(Folder.File($"images/{name}"), Encoding.Latin1.GetBytes(content));
            File.WriteAllBytes(Folder.File($"labels/{name}"), Encoding.Latin1.GetBytes(content));
        }

        var survey = Survey(new() { SkipFaulty = true });

        Assert.That(survey.Findings.Where(finding => finding.Severity == FindingSeverity.Error).Select(finding => finding.File),
            Is.EquivalentTo(new[] { "png.png", "bmp.bmp", "void.png" }.SelectMany(name => new[] { $"images/{name}", $"labels/{name}" })));
        Assert.That(survey.Description!.Cases, Has.Count.EqualTo(2));
    }

    [Test]
    public void Two_files_of_a_case_are_told_and_two_folders_with_the_same_names_are_not_mixed_up()
    {
        Image("one/images/a.nii.gz");
        Label("one/labels/a.nii.gz", null, 1);
        Image("one/images/a.nii");
        Label("one/labels/a.nii", null, 1);
        foreach (var part in new[] { "train", "test" })
        {
            Image($"two/{part}/images/a.nii.gz", high: part.Length * 300);
            Label($"two/{part}/labels/a.nii.gz", null, 1);
        }

        var one = DatasetSurvey.Run(Folder.File("one"), new() { SkipFaulty = true });
        var two = DatasetSurvey.Run(Folder.File("two"), new() { PatientPattern = ".*" });

        Assert.That(one.Findings.Single(finding => finding.Severity == FindingSeverity.Error).Problem, Does.Contain("the case a again"));
        Assert.That(one.Description!.Cases, Has.Count.EqualTo(1));
        Assert.That(two.Description!.Split!.Training, Is.EqualTo(new[] { "a_training" }));
        Assert.That(two.Description.Split.Test, Is.EqualTo(new[] { "a_test" }));
    }
}
