using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Tests.Pictures;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Data;

public class DatasetSurveyTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void Create() => _folder = new TempFolder();

    [TearDown]
    public void Delete() => _folder.Dispose();

    private static Geometry Grid(double x = 0.8, double y = 0.8, double z = 3, int depth = 3) => Geometry.Unplaced(depth, 8, 6, x, y, z);

    /// <summary>Voxels that differ from file to file, from <paramref name="low"/> to <paramref name="high"/>.</summary>
    private void Image(string name, float low = -1000, float high = 1200, Geometry? grid = null)
    {
        var volume = new Volume<float>(grid ?? Grid());
        var random = new Random(name.Aggregate(17, (seed, letter) => unchecked((31 * seed) + letter)));
        for (var i = 0; i < volume.Voxels.Length; i++)
        {
            volume.Voxels[i] = low + ((high - low) * random.NextSingle());
        }
        (volume.Voxels[0], volume.Voxels[^1]) = (low, high);
        VolumeFile.Write(_folder.File(name), volume);
    }

    private void Label(string name, Geometry? grid = null, params int[] ids)
    {
        var volume = new LabelVolume(grid ?? Grid());
        for (var i = 0; i < volume.Voxels.Length && ids.Length > 0; i++)
        {
            volume.Voxels[i] = (ushort)(i % 3 == 0 ? 0 : ids[i % ids.Length]);
        }
        VolumeFile.Write(_folder.File(name), volume);
    }

    private void Pairs(int count, params int[] ids)
    {
        for (var n = 1; n <= count; n++)
        {
            Image($"images/p{n:00}.nii.gz");
            Label($"labels/p{n:00}.nii.gz", null, ids);
        }
    }

    private DatasetSurvey Survey(DatasetSurveyOptions? options = null) => DatasetSurvey.Run(_folder.Path, options);

    private static string[] Found(DatasetSurvey survey) => [.. survey.Cases.Select(facts => $"{facts.Name}: {facts.Image} + {facts.Label}")];

    [Test]
    public void A_sound_folder_gives_a_description_to_train_with()
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
        Assert.That(DatasetDescription.Find(_folder.Path)!.Cases, Is.EqualTo(description.Cases));
        Assert.That(new SliceLoader(description.Labels, TinyRun.Preprocessing).Load(DataFolder.Find(_folder.Path).Files), Has.Count.EqualTo(30), "what is described can be loaded");
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
        File.WriteAllText(_folder.File("labels/broken.nii.gz"), "no volume");
        Image("images/nan.nii.gz", high: float.NaN);
        Label("labels/nan.nii.gz", null, 1);
        Image("images/empty.nii.gz");
        Label("labels/empty.nii.gz");
        Image("images/flat.nii.gz", low: 7, high: 7);
        Label("labels/flat.nii.gz", null, 1);
        File.Copy(_folder.File("images/p01.nii.gz"), _folder.File("images/twin.nii.gz"));
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
    public void Layouts_of_other_people_are_understood()
    {
        Image("Dataset/imgs/img0001.nii.gz");
        Label("Dataset/Masks/label0001.nii.gz", null, 1);
        Image("kits/case_1/imaging.nii.gz");
        Label("kits/case_1/segmentation.nii.gz", null, 1);
        Image("flat/a.nii.gz");
        Label("flat/a-mask.nii.gz", null, 1);
        Image("own/scan/a.nii.gz");
        Label("own/outline/a.nii.gz", null, 1);

        Assert.That(Found(DatasetSurvey.Run(_folder.File("Dataset"))), Is.EqualTo(new[] { "img0001: imgs/img0001.nii.gz + Masks/label0001.nii.gz" }));
        Assert.That(Found(DatasetSurvey.Run(_folder.File("kits"))), Is.EqualTo(new[] { "case_1: case_1/imaging.nii.gz + case_1/segmentation.nii.gz" }));
        Assert.That(Found(DatasetSurvey.Run(_folder.File("flat"))), Is.EqualTo(new[] { "a: a.nii.gz + a-mask.nii.gz" }));
        Assert.That(Found(DatasetSurvey.Run(_folder.File("own"), new() { ImageFolder = "scan", LabelFolder = "outline" })), Is.EqualTo(new[] { "a: scan/a.nii.gz + outline/a.nii.gz" }));
        Assert.That(() => DatasetSurvey.Run(_folder.File("own")), Throws.TypeOf<DataFolderException>().With.Message.Contains("imagesTr"));
    }

    [Test]
    public void The_folders_of_nnU_Net_give_classes_test_cases_and_the_first_channel()
    {
        foreach (var name in new[] { "liver_001", "liver_002" })
        {
            Image($"imagesTr/{name}_0000.nii.gz");
            Image($"imagesTr/{name}_0001.nii.gz", 0, 500);
            Label($"labelsTr/{name}.nii.gz", null, 1, 2);
        }
        Image("imagesTs/liver_003_0000.nii.gz");
        Label("labelsTs/liver_003.nii.gz", null, 1, 2);
        File.WriteAllText(_folder.File("dataset.json"), """{ "name": "Liver", "labels": { "background": 0, "liver": 1, "tumour": 2 }, "file_ending": ".nii.gz" }""");

        var survey = Survey();

        Assert.That(survey.ErrorCount, Is.Zero, string.Join("\n", survey.Findings));
        Assert.That(survey.Findings.Count(finding => finding.Problem.Contains("channels")), Is.EqualTo(2));
        Assert.That(Found(survey)[0], Is.EqualTo("liver_001: imagesTr/liver_001_0000.nii.gz + labelsTr/liver_001.nii.gz"));
        Assert.That((survey.Layout, survey.Description!.Name), Is.EqualTo(("nnunet", "Liver")));
        Assert.That(survey.Description.Labels.Classes.Select(entry => entry.Name), Is.EqualTo(new[] { "liver", "tumour" }));
        Assert.That(survey.Description.Split!.Test, Is.EqualTo(new[] { "liver_003" }));
        survey.Description.Write();
        Assert.That(File.ReadAllText(_folder.File("dataset.json")), Does.Contain("file_ending"));
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
        File.WriteAllText(_folder.File("dataset.json"), """{ "labels": { "background": 0, "whole": [1, 2], "core": 2 } }""");

        Assert.That(Survey().Findings, Has.One.Matches<SurveyFinding>(finding => finding.Problem.Contains("labels.whole") && finding.Advice.Contains("--labels")));
    }

    [Test]
    public void Slices_of_the_reference_are_its_cases_and_its_test_volumes_stay_apart()
    {
        void Pair(string name, int depth, float level) => VolumeFile.WritePair(_folder.File(name),
            new Volume<float>(Geometry.Unplaced(depth, 4, 4), [.. Enumerable.Range(0, 16 * depth).Select(i => level * i / (16 * depth))]),
            new LabelVolume(Geometry.Unplaced(depth, 4, 4), [.. Enumerable.Range(0, 16 * depth).Select(i => (ushort)(i % 3))]));
        Directory.CreateDirectory(_folder.File("train_npz"));
        Directory.CreateDirectory(_folder.File("test_vol_h5"));
        for (var slice = 0; slice < 3; slice++)
        {
            Pair($"train_npz/case0005_slice00{slice}.npz", 1, 0.9f);
            Pair($"train_npz/case0006_slice00{slice}.npz", 1, 0.8f);
        }
        Pair("test_vol_h5/case0008.npy.h5", 4, 1);

        var survey = Survey();

        Assert.That(survey.ErrorCount, Is.Zero, string.Join("\n", survey.Findings));
        var description = survey.Description!;
        Assert.That((description.Layout, description.WindowMin, description.Orientation), Is.EqualTo(("arrays", (float?)null, (string?)null)));
        Assert.That(description.Cases.Select(entry => (entry.Name, entry.Slice)), Is.EqualTo(new (string, int?)[]
            { ("case0005", 0), ("case0005", 1), ("case0005", 2), ("case0006", 0), ("case0006", 1), ("case0006", 2), ("case0008", null) }));
        Assert.That((description.Split!.Training.Count, description.Split.Validation.Count), Is.EqualTo((1, 1)));
        Assert.That(description.Split.Test, Is.EqualTo(new[] { "case0008" }));
        description.Write();
        Assert.That(DataFolder.Find(_folder.Path).Part(DatasetParts.Test).Files.Single().ImagePath, Does.EndWith("case0008.npy.h5"));
    }

    [Test]
    public void Pictures_go_with_masks_of_other_names_and_folders_say_the_parts()
    {
        void Picture(string name, float level) => VolumeFile.Write(_folder.File(name), new Volume<float>(Geometry.Unplaced(1, 4, 4), [.. Enumerable.Range(0, 16).Select(i => level * i / 16)]));
        void Mask(string name, ushort id) => VolumeFile.Write(_folder.File(name), new LabelVolume(Geometry.Unplaced(1, 4, 4), [.. Enumerable.Range(0, 16).Select(i => i < 5 ? id : (ushort)0)]));
        foreach (var (n, part) in new[] { (1, "train"), (2, "train"), (3, "val"), (4, "test") })
        {
            Picture($"{part}/images/ISIC_000{n}.png", n / 5f);
            Mask($"{part}/masks/ISIC_000{n}_segmentation.png", 255);
        }

        var survey = Survey();

        Assert.That(survey.Findings, Is.Empty, string.Join("\n", survey.Findings));
        var description = survey.Description!;
        Assert.That((description.Layout, description.WindowMin, description.Orientation), Is.EqualTo(("pictures", (float?)null, (string?)null)));
        Assert.That(description.Labels.FileIds, Is.EquivalentTo(new Dictionary<int, int> { [255] = 1 }));
        Assert.That(description.Labels.Classes[0].Name, Is.EqualTo("foreground"));
        Assert.That(description.Split!.Training, Is.EqualTo(new[] { "ISIC_0001", "ISIC_0002" }));
        Assert.That((description.Split.Validation.Single(), description.Split.Test.Single()), Is.EqualTo(("ISIC_0003", "ISIC_0004")));
    }

    [Test]
    public void Images_of_a_patient_stay_together()
    {
        for (var n = 1; n <= 12; n++)
        {
            Image($"images/p{(n + 1) / 2:00}_visit{n}.nii.gz");
            Label($"labels/p{(n + 1) / 2:00}_visit{n}.nii.gz", null, 1);
        }

        var description = Survey().Description!;

        Assert.That(description.Cases.Select(entry => entry.Patient).Distinct().Count(), Is.EqualTo(6));
        var partOf = new[] { description.Split!.Training, description.Split.Validation, description.Split.Test }.SelectMany((names, part) => names.Select(name => (name, part))).ToDictionary(pair => pair.name, pair => pair.part);
        Assert.That(description.Cases.GroupBy(entry => entry.Patient).Select(group => group.Select(entry => partOf[entry.Name]).Distinct().Count()), Is.All.EqualTo(1));
        Assert.That(Survey(new() { PatientPattern = "visit([0-9]+)" }).Description!.Cases[0].Patient, Is.EqualTo("1"));
        Assert.That(Survey(new() { PatientPattern = "^q" }).ErrorCount, Is.EqualTo(12));
    }

    [Test]
    public void Sagittal_scans_are_sliced_as_they_were_made_and_other_intensities_get_their_own_window()
    {
        for (var n = 0; n < 3; n++)
        {
            Image($"images/k{n}.nii.gz", 0, 2000, Grid(4, 0.5, 0.5));
            Label($"labels/k{n}.nii.gz", Grid(4, 0.5, 0.5), 1);
        }

        var description = Survey().Description!;

        Assert.That(description.Orientation, Is.EqualTo("ASR"));
        Assert.That(description.WindowMin, Is.InRange(0, 100));
        Assert.That(description.WindowMax, Is.InRange(1900, 2000));
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

        Assert.That(() => DatasetSurvey.Run(_folder.Path, cancellationToken: source.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [TestCase("p07_visit2_slice011", "p07")]
    [TestCase("p07-z3", "p07")]
    [TestCase("sub-07_ses-1_T1w", "sub-07")]
    [TestCase("ISIC_0012", "ISIC_0012")]
    [TestCase("breast_14_left", "breast_14")]
    [TestCase("case0005", "case0005")]
    [TestCase("slice_12", "slice_12")]
    public void The_patient_is_what_stands_before_slice_and_visit(string name, string patient) => Assert.That(PatientNames.Of(name), Is.EqualTo(patient));

    [TestCase("train_images_ring1", "train_masks_ring1")]
    [TestCase("img0005", "label0005")]
    [TestCase("ISIC_001", "ISIC_001_Segmentation")]
    [TestCase("1", "1-mask")]
    [TestCase("case_12_0000", "case_12_gt")]
    public void Words_that_tell_image_and_mask_apart_do_not_count(string image, string mask) => Assert.That(NameKey.Of(mask), Is.EqualTo(NameKey.Of(image)));

    [Test]
    public void Masks_that_were_saved_as_JPEG_are_refused_with_a_way_out()
    {
        foreach (var (kind, name) in new[] { ("images", "train_images_ring1"), ("masks", "train_masks_ring1") })
        {
            Directory.CreateDirectory(_folder.File(kind));
            File.Copy(TestData.Real($"img2d/rings/{name}.jpg"), _folder.File($"{kind}/{name}.jpg"));
        }

        var finding = Survey().Findings.Single();

        Assert.That((finding.Severity, finding.File), Is.EqualTo((FindingSeverity.Error, "masks/train_masks_ring1.jpg")));
        Assert.That(finding.Advice, Does.Contain("PNG").And.Contain("threshold"));
    }

    [Test]
    public void Chest_X_rays_beside_their_masks_are_pictures_of_one_class()
    {
        foreach (var n in new[] { 1, 2 })
        {
            File.Copy(TestData.Real($"img2d/cxr/{n}.jpg"), _folder.File($"{n}.jpg"));
            File.Copy(TestData.Real($"img2d/cxr/{n}-mask.png"), _folder.File($"{n}-mask.png"));
        }

        var survey = Survey(new() { Name = "lungs" });

        Assert.That(survey.Findings, Is.Empty, string.Join("\n", survey.Findings));
        Assert.That(Found(survey), Is.EqualTo(new[] { "1: 1.jpg + 1-mask.png", "2: 2.jpg + 2-mask.png" }));
        Assert.That((survey.Description!.Name, survey.Description.Layout, survey.Description.Labels.FileIds[255]), Is.EqualTo(("lungs", "pictures", 1)));
    }

    [Test]
    public void Damaged_files_of_any_kind_are_findings_and_never_the_end()
    {
        Pairs(1, 1);
        Image("images/cut.nii.gz");
        Label("labels/cut.nii.gz", null, 1);
        var bytes = File.ReadAllBytes(_folder.File("images/cut.nii.gz"));
        File.WriteAllBytes(_folder.File("images/cut.nii.gz"), bytes[..(bytes.Length / 2)]);
        foreach (var (name, content) in new[] { ("void.nii.gz", ""), ("text.npz", "PK no archive"), ("text.h5", "\u0089HDF none"), ("text.png", "\u0089PNG none"), ("text.nii", "none") })
        {
            File.WriteAllText(_folder.File($"images/{name}"), content);
            File.WriteAllText(_folder.File($"labels/{name}"), content);
        }

        var survey = Survey(new() { SkipFaulty = true });

        Assert.That(survey.Findings.Where(finding => finding.Severity == FindingSeverity.Error).Select(finding => finding.File),
            Is.SupersetOf(new[] { "images/cut.nii.gz", "images/void.nii.gz", "labels/void.nii.gz" }));
        Assert.That(survey.Description!.Cases.Select(entry => entry.Name), Is.EqualTo(new[] { "p01" }));
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

        var one = DatasetSurvey.Run(_folder.File("one"), new() { SkipFaulty = true });
        var two = DatasetSurvey.Run(_folder.File("two"), new() { PatientPattern = ".*" });

        Assert.That(one.Findings.Single().Problem, Does.Contain("the case a again"));
        Assert.That(one.Description!.Cases, Has.Count.EqualTo(1));
        Assert.That(two.Description!.Split!.Training, Is.EqualTo(new[] { "a_training" }));
        Assert.That(two.Description.Split.Test, Is.EqualTo(new[] { "a_test" }));
    }

    [Test]
    public void Pictures_in_colour_are_trained_on_in_colour()
    {
        ColourDiscs.Write(_folder.Path, 6);

        var description = Survey().Description!;
        description.Write();

        Assert.That(description.Channels, Is.EqualTo(3));
        Assert.That(description.Apply(TinyRun.Preprocessing).Channels, Is.EqualTo(3));
        Assert.That(new MLContext().Data.LoadSlices(_folder.Path).GetColumn<VBuffer<float>>("Image").First().Length, Is.EqualTo(3 * ColourDiscs.Height * ColourDiscs.Width));
    }

    [Test]
    public void Real_scans_of_CT_and_MR_are_recognised()
    {
        string[] real = [TestData.Real("ct_nifti/example_ct_sm.nii.gz"), TestData.Real("ct_nifti/example_seg.nii.gz"), TestData.Real("mr_nifti/example_mr_sm.nii.gz"), TestData.Real("mr_nifti/example_seg_mr.nii.gz")];
        foreach (var (kind, n) in new[] { ("ct", 0), ("mr", 2) })
        {
            Directory.CreateDirectory(_folder.File($"{kind}/images"));
            Directory.CreateDirectory(_folder.File($"{kind}/labels"));
            File.Copy(real[n], _folder.File($"{kind}/images/a.nii.gz"));
            File.Copy(real[n + 1], _folder.File($"{kind}/labels/a.nii.gz"));
        }

        var ct = DatasetSurvey.Run(_folder.File("ct"), new() { Labels = LabelTable.TotalSegmentator }).Description!;
        var mr = DatasetSurvey.Run(_folder.File("mr")).Description!;

        Assert.That((ct.WindowMin, ct.WindowMax, ct.Labels.ClassCount), Is.EqualTo(((float?)-125, (float?)275, 8)));
        Assert.That(mr.WindowMin, Is.InRange(-50, 50));
        Assert.That(mr.WindowMax, Is.InRange(100, 3000));
    }
}
