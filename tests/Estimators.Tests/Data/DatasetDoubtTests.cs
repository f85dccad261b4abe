using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Data;

/// <summary>Folders in which every file is sound and the whole is not what it seems.</summary>
public class DatasetDoubtTests : SurveyedFolder
{
    private void Array(string name, int depth = 1)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Folder.File(name))!);
        var grid = Geometry.Unplaced(depth, 4, 4);
        VolumeFile.WritePair(Folder.File(name), new Volume<float>(grid, [.. Enumerable.Range(0, grid.VoxelCount).Select(i => (i + name.Length) / 100f)]),
            new LabelVolume(grid, [.. Enumerable.Range(0, grid.VoxelCount).Select(i => (ushort)(i % 3))]));
    }

    /// <summary>A grey picture and a mask whose pixels are <paramref name="ids"/>, the rest background.</summary>
    private void Masked(string name, params ushort[] ids)
    {
        var grid = Geometry.Unplaced(1, 16, 16);
        var random = new Random(name.Length + name[^1]);
        VolumeFile.Write(Folder.File($"images/{name}.png"), new Volume<float>(grid, [.. Enumerable.Range(0, 256).Select(_ => random.Next(256) / 255f)]));
        VolumeFile.Write(Folder.File($"masks/{name}.png"), new LabelVolume(grid, [.. ids, .. new ushort[256 - ids.Length]]));
    }

    private static SurveyFinding Single(DatasetSurvey survey, string problem) =>
        survey.Findings.Single(finding => finding.Problem.Contains(problem, StringComparison.Ordinal) && finding.Severity == FindingSeverity.Warning);

    [Test]
    public void Slices_that_were_prepared_at_another_size_are_trained_on_and_the_test_volumes_are_not()
    {
        foreach (var n in new[] { 5, 6, 7 })
        {
            Array($"train_npz_56/case000{n}_slice000.npz");
        }
        Array("test_vol_h5/case0001.npy.h5", 3);

        var survey = Survey();

        Assert.That(survey.Where, Is.EqualTo("train_npz_56/, test_vol_h5/ for tests"));
        Assert.That(survey.Description!.Split!.Training.Union(survey.Description.Split.Validation), Is.EquivalentTo(new[] { "case0005", "case0006", "case0007" }));
        Assert.That(survey.Description.Split.Test, Is.EqualTo(new[] { "case0001" }));
    }

    [Test]
    public void Of_several_prepared_folders_the_plain_one_counts_and_the_others_are_told()
    {
        Array("train_npz/case0005_slice000.npz");
        Array("train_npz_224/case0005_slice000.npz");
        Array("train_vol_h5/case0005.npy.h5", 2);

        var survey = Survey();

        Assert.That(survey.Cases.Single().Image, Does.StartWith("train_npz/"));
        Assert.That(Single(survey, "several folders").Problem, Does.Contain("train_npz_224/").And.Contain("train_vol_h5/"));
    }

    [Test]
    public void Volumes_that_were_prepared_for_training_are_found()
    {
        Array("train_vol_h5/case0005.npy.h5", 2);
        Array("train_vol_h5/case0006.npy.h5", 2);

        Assert.That(Survey().Description!.Split!.Training, Has.Count.EqualTo(1));
    }

    [TestCase("test_vol_h5/case000{0}.npy.h5", TestName = "test_vol_h5 alone holds test cases and nothing to train on")]
    [TestCase("test/{1}/p{0}.nii.gz", TestName = "A folder test alone holds test cases and nothing to train on")]
    public void A_folder_of_test_cases_is_not_trained_on(string names)
    {
        for (var n = 1; n <= 8; n++)
        {
            if (names.Contains("{1}"))
            {
                Image(string.Format(null, names, n, "images"));
                Label(string.Format(null, names, n, "labels"), null, 1);
            }
            else
            {
                Array(string.Format(null, names, n), 2);
            }
        }

        var survey = Survey();
        var split = survey.Description!.Split!;
        survey.Description.Write();

        Assert.That((split.Training.Count, split.Validation.Count, split.Test.Count), Is.EqualTo((0, 0, 8)));
        Assert.That(Single(survey, "nothing to train on").Advice, Does.Contain("train/"));
        Assert.That(DataFolder.Find(Folder.Path).Part(DatasetParts.Test).Cases, Has.Count.EqualTo(8), "what is written can be read");
        Assert.That(() => DataFolder.Find(Folder.Path).Part(null), Throws.TypeOf<DataFolderException>());
    }

    [Test]
    public void Numbers_behind_a_doubtful_word_are_patients_of_their_own()
    {
        for (var n = 1; n <= 10; n++)
        {
            Image($"images/pig_S{n:00}.nii.gz");
            Label($"labels/pig_S{n:00}.nii.gz", null, 1);
        }

        var survey = Survey();

        Assert.That(survey.Findings, Is.Empty);
        Assert.That(survey.Description!.Cases.Select(entry => entry.Patient).Distinct().Count(), Is.EqualTo(10));
        Assert.That((survey.Description.Split!.Validation.Count, survey.Description.Split.Test.Count), Is.EqualTo((2, 2)));
    }

    [Test]
    public void One_patient_leaves_nothing_to_validate_on_and_that_is_told()
    {
        Pairs(1, 1);

        Assert.That(Single(Survey(), "validate on").Advice, Does.Contain("other patients"));
        Assert.That(Survey(new() { ValidationFraction = 0 }).Findings, Is.Empty, "nobody asked for any");
    }

    [Test]
    public void Edges_that_were_smoothed_are_told_with_their_files()
    {
        Masked("a", [.. Enumerable.Repeat((ushort)255, 90), 12, 40, 77, 130, 200, 201]);
        Masked("b", [.. Enumerable.Repeat((ushort)255, 70), 13, 41, 78, 131]);
        Masked("c", [.. Enumerable.Repeat((ushort)255, 50)]);

        var finding = Single(Survey(), "smoothed edges");

        Assert.That(finding.File, Is.EqualTo("masks/a.png"));
        Assert.That(finding.Problem, Does.Contain("7 ids up to 255").And.Contain("masks/b.png").And.Contain("11 ids together").And.Not.Contain("masks/c.png"));
        Assert.That(finding.Advice, Does.Contain("threshold"));
    }

    [Test]
    public void Masks_of_one_and_of_white_are_told_apart_and_a_table_settles_them()
    {
        Masked("a", 1, 1, 1);
        Masked("b", 1, 1, 1);
        Masked("c", 255, 255, 255);

        var finding = Single(Survey(), "not all the same");

        Assert.That(finding.Problem, Does.Contain("2 with the id 1 (masks/a.png, masks/b.png)").And.Contain("1 with the id 255 (masks/c.png)"));
        Assert.That(finding.Advice, Does.Contain("[1, 255]"));
        Assert.That(Survey(new() { Labels = LabelTable.Create("mine", [("skin", [1, 255])]) }).Findings, Is.Empty);
    }

    [Test]
    public void An_id_of_one_case_among_many_is_told()
    {
        Pairs(12, 1, 2);
        Label("labels/p07.nii.gz", null, 1, 2, 77);

        var finding = Single(Survey(), "only label map");

        Assert.That((finding.File, finding.Problem.Contains("id 77:")), Is.EqualTo(("labels/p07.nii.gz", true)), finding.Problem);
    }

    [Test]
    public void Organs_of_many_ids_are_no_doubt()
    {
        Pairs(12, 1, 2, 3, 4, 5, 6, 7, 8);

        Assert.That(Survey().Findings, Is.Empty);
    }

    [TestCase(0.0008, 0.0008, 0.003, "hardly right")]
    [TestCase(0.8, 0.8, 300, "hardly right")]
    [TestCase(0.8, 0.8, 15, "the other cases have about 3 mm")]
    [TestCase(0.1, 0.8, 3, "the other cases have about 0.8 mm")]
    public void Spacing_that_a_scanner_does_not_make_or_the_others_do_not_have_is_told(double x, double y, double z, string says)
    {
        Pairs(4, 1);
        Image("images/odd.nii.gz", grid: Grid(x, y, z));
        Label("labels/odd.nii.gz", Grid(x, y, z), 1);

        var finding = Survey().Findings.Single();

        Assert.That((finding.Severity, finding.File), Is.EqualTo((FindingSeverity.Warning, "images/odd.nii.gz")));
        Assert.That(finding.Problem, Does.Contain(says));
        Assert.That(finding.Advice, Does.Contain("header"));
    }

    [Test]
    public void Files_that_are_not_read_and_folders_that_lie_deeper_are_named()
    {
        Directory.CreateDirectory(Folder.File("tiff/images"));
        File.WriteAllText(Folder.File("tiff/images/a.tif"), "II*");
        Image("deep/set/scans/images/a.nii.gz");
        Label("deep/set/scans/labels/a.nii.gz", null, 1);

        Assert.That(() => DatasetSurvey.Run(Folder.File("tiff")), Throws.TypeOf<DataFolderException>().With.Message.Contains("images/a.tif").And.Message.Contains("PNG"));
        Assert.That(() => DatasetSurvey.Run(Folder.File("deep")), Throws.TypeOf<DataFolderException>().With.Message.Contains("deeper, in set/scans/images/"));
    }
}
