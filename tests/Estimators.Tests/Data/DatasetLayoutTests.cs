using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Tests.Pictures;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Data;

public class DatasetLayoutTests : SurveyedFolder
{
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

        Assert.That(Found(DatasetSurvey.Run(Folder.File("Dataset"))), Is.EqualTo(new[] { "img0001: imgs/img0001.nii.gz + Masks/label0001.nii.gz" }));
        Assert.That(Found(DatasetSurvey.Run(Folder.File("kits"))), Is.EqualTo(new[] { "case_1: case_1/imaging.nii.gz + case_1/segmentation.nii.gz" }));
        Assert.That(Found(DatasetSurvey.Run(Folder.File("flat"))), Is.EqualTo(new[] { "a: a.nii.gz + a-mask.nii.gz" }));
        Assert.That(Found(DatasetSurvey.Run(Folder.File("own"), new() { ImageFolder = "scan", LabelFolder = "outline" })), Is.EqualTo(new[] { "a: scan/a.nii.gz + outline/a.nii.gz" }));
        Assert.That(() => DatasetSurvey.Run(Folder.File("own")), Throws.TypeOf<DataFolderException>().With.Message.Contains("imagesTr"));
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
        File.WriteAllText(Folder.File("dataset.json"), """{ "name": "Liver", "labels": { "background": 0, "liver": 1, "tumour": 2 }, "file_ending": ".nii.gz" }""");

        var survey = Survey();

        Assert.That(survey.ErrorCount, Is.Zero, string.Join("\n", survey.Findings));
        Assert.That(survey.Findings.Count(finding => finding.Problem.Contains("channels")), Is.EqualTo(2));
        Assert.That(Found(survey)[0], Is.EqualTo("liver_001: imagesTr/liver_001_0000.nii.gz + labelsTr/liver_001.nii.gz"));
        Assert.That((survey.Layout, survey.Description!.Name), Is.EqualTo(("nnunet", "Liver")));
        Assert.That(survey.Description.Labels.Classes.Select(entry => entry.Name), Is.EqualTo(new[] { "liver", "tumour" }));
        Assert.That(survey.Description.Split!.Test, Is.EqualTo(new[] { "liver_003" }));
        survey.Description.Write();
        Assert.That(File.ReadAllText(Folder.File("dataset.json")), Does.Contain("file_ending"));
    }

    [Test]
    public void Slices_of_the_reference_are_its_cases_and_its_test_volumes_stay_apart()
    {
        void Pair(string name, int depth, float level) => VolumeFile.WritePair(Folder.File(name),
            new Volume<float>(Geometry.Unplaced(depth, 4, 4), [.. Enumerable.Range(0, 16 * depth).Select(i => level * i / (16 * depth))]),
            new LabelVolume(Geometry.Unplaced(depth, 4, 4), [.. Enumerable.Range(0, 16 * depth).Select(i => (ushort)(i % 3))]));
        Directory.CreateDirectory(Folder.File("train_npz"));
        Directory.CreateDirectory(Folder.File("test_vol_h5"));
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
        Assert.That(DataFolder.Find(Folder.Path).Part(DatasetParts.Test).Files.Single().ImagePath, Does.EndWith("case0008.npy.h5"));
    }

    [Test]
    public void Pictures_go_with_masks_of_other_names_and_folders_say_the_parts()
    {
        void Picture(string name, float level) => VolumeFile.Write(Folder.File(name), new Volume<float>(Geometry.Unplaced(1, 4, 4), [.. Enumerable.Range(0, 16).Select(i => level * i / 16)]));
        void Mask(string name, ushort id) => VolumeFile.Write(Folder.File(name), new LabelVolume(Geometry.Unplaced(1, 4, 4), [.. Enumerable.Range(0, 16).Select(i => i < 5 ? id : (ushort)0)]));
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
    public void Chest_X_rays_beside_their_masks_are_pictures_of_one_class()
    {
        foreach (var n in new[] { 1, 2 })
        {
            File.Copy(TestData.Real($"img2d/cxr/{n}.jpg"), Folder.File($"{n}.jpg"));
            File.Copy(TestData.Real($"img2d/cxr/{n}-mask.png"), Folder.File($"{n}-mask.png"));
        }

        var survey = Survey(new() { Name = "lungs" });

        Assert.That(survey.Findings, Is.Empty, string.Join("\n", survey.Findings));
        Assert.That(Found(survey), Is.EqualTo(new[] { "1: 1.jpg + 1-mask.png", "2: 2.jpg + 2-mask.png" }));
        Assert.That((survey.Description!.Name, survey.Description.Layout, survey.Description.Labels.FileIds[255]), Is.EqualTo(("lungs", "pictures", 1)));
    }

    [Test]
    public void Pictures_in_colour_are_trained_on_in_colour()
    {
        ColourDiscs.Write(Folder.Path, 6);

        var description = Survey().Description!;
        description.Write();

        Assert.That(description.Channels, Is.EqualTo(3));
        Assert.That(description.Apply(TinyRun.Preprocessing).Channels, Is.EqualTo(3));
        Assert.That(new MLContext().Data.LoadSlices(Folder.Path).GetColumn<VBuffer<float>>("Image").First().Length, Is.EqualTo(3 * ColourDiscs.Height * ColourDiscs.Width));
    }

    [Test]
    public void Real_scans_of_CT_and_MR_are_recognised()
    {
        string[] real = [TestData.Real("ct_nifti/example_ct_sm.nii.gz"), TestData.Real("ct_nifti/example_seg.nii.gz"), TestData.Real("mr_nifti/example_mr_sm.nii.gz"), TestData.Real("mr_nifti/example_seg_mr.nii.gz")];
        foreach (var (kind, n) in new[] { ("ct", 0), ("mr", 2) })
        {
            Directory.CreateDirectory(Folder.File($"{kind}/images"));
            Directory.CreateDirectory(Folder.File($"{kind}/labels"));
            File.Copy(real[n], Folder.File($"{kind}/images/a.nii.gz"));
            File.Copy(real[n + 1], Folder.File($"{kind}/labels/a.nii.gz"));
        }

        var ct = DatasetSurvey.Run(Folder.File("ct"), new() { Labels = LabelTable.TotalSegmentator }).Description!;
        var mr = DatasetSurvey.Run(Folder.File("mr")).Description!;

        Assert.That((ct.WindowMin, ct.WindowMax, ct.Labels.ClassCount), Is.EqualTo(((float?)-125, (float?)275, 8)));
        Assert.That(mr.WindowMin, Is.InRange(-50, 50));
        Assert.That(mr.WindowMax, Is.InRange(100, 3000));
    }
}
