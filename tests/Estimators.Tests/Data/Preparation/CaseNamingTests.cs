using NUnit.Framework;
using SAMed.MLNet.Estimators.Data.Preparation;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.TestKit;

namespace SAMed.MLNet.Estimators.Tests.Data.Preparation;

/// <summary>What cases are called, and how images and label maps pair.</summary>
internal sealed class CaseNamingTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    private DataPreparationOptions Synapse => DataPreparationPresets.Synapse(_folder.File("out")) with { Images = _folder.File("img"), Labels = _folder.File("label") };

    [TestCase("img0001", "label0001", "case0001")]
    [TestCase("img1", "label1", "case0001")]
    [TestCase("img1", "label0001", "case0001")]
    [TestCase("img0001_v2", "label0001_v2", "case0001")]
    [TestCase("2023_img0008", "label0008", "case0008")]
    [TestCase("BTCV_0001_0000", "BTCV_0001", "case0001")]
    [TestCase("0038", "0038", "case0038")]
    [TestCase("img0000", "label0000", "case0000")]
    [TestCase("img_0000", "label_0000", "case0000")]
    public void Numbers_have_four_digits_wherever_they_stand(string image, string label, string expected)
    {
        Write(image, label);

        var only = DataPreparation.Execute(Synapse).Cases.Single();

        Assert.That((only.Case, only.IsTest), Is.EqualTo((expected, expected != "case0000")));
    }

    [Test]
    public void Volumes_of_nnUNet_are_told_apart_by_what_stands_before_the_channel()
    {
        Write("BTCV_0001_0000", "BTCV_0001");
        Write("BTCV_0005_0000", "BTCV_0005");

        Assert.That(DataPreparation.Execute(Synapse).Cases.Select(item => item.Case), Is.EqualTo(new[] { "case0001", "case0005" }));
    }

    [Test]
    public void One_number_in_two_spellings_is_refused()
    {
        Write("img1", "label1");
        Write("img0001", "label0001");

        Assert.That(() => DataPreparation.Execute(Synapse), Throws.TypeOf<DataPreparationException>().With.Message.Contains("both the case 0001"));
    }

    [Test]
    public void Several_numbers_without_a_word_before_them_are_refused()
    {
        Write("site2_0005", "site2_0005");

        Assert.That(() => DataPreparation.Execute(Synapse), Throws.TypeOf<DataPreparationException>().With.Message.Contains("several numbers").And.Message.Contains("2, 0005"));
    }

    [Test]
    public void Names_that_pair_by_number_only_bring_the_advice_to_say_so()
    {
        Write("img0001", "label0001");
        Write("img0002", "label0002");
        var options = new DataPreparationOptions { Images = _folder.File("img"), Labels = _folder.File("label"), Output = _folder.File("out") };

        Assert.That(() => DataPreparation.Execute(options), Throws.TypeOf<DataPreparationException>().With.Message.Contains("--case-names number"));

        Write("img0003", "label0004");
        Assert.That(() => DataPreparation.Execute(options), Throws.TypeOf<DataPreparationException>().With.Message.Not.Contains("--case-names number"));
    }

    private void Write(string image, string label)
    {
        var grid = Geometry.Unplaced(depth: 1, height: 4, width: 4);
        VolumeFile.Write(_folder.File($"img/{image}.nii.gz"), new Volume<float>(grid, new float[16]));
        VolumeFile.Write(_folder.File($"label/{label}.nii.gz"), new LabelVolume(grid, new ushort[16]));
    }
}
