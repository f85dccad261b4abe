using SAMed.MLNet.Estimators.Data;

namespace SAMed.MLNet.Estimators.Tests.Data;

public class CaseNameTests
{
    [TestCase("p07_visit2_slice011", "p07")]
    [TestCase("p07-z3", "p07")]
    [TestCase("sub-07_ses-1_T1w", "sub-07")]
    [TestCase("ISIC_0012", "ISIC_0012")]
    [TestCase("breast_14_left", "breast_14")]
    [TestCase("case0005", "case0005")]
    [TestCase("slice_12", "slice_12")]
    [TestCase("p07_s3", "p07")]
    [TestCase("breast_14_l", "breast_14")]
    [TestCase("pig_S01", "pig_S01")]
    [TestCase("ct-s0011", "ct-s0011")]
    [TestCase("liver-v12", "liver-v12")]
    [TestCase("covid_series_7", "covid_series_7")]
    [TestCase("BUSI_scan 3", "BUSI_scan 3")]
    [TestCase("hospital_f_12", "hospital_f_12")]
    public void The_patient_is_what_stands_before_slice_and_visit(string name, string patient) => Assert.That(PatientNames.Of(name), Is.EqualTo(patient));

    [TestCase("train_images_ring1", "train_masks_ring1")]
    [TestCase("img0005", "label0005")]
    [TestCase("ISIC_001", "ISIC_001_Segmentation")]
    [TestCase("1", "1-mask")]
    [TestCase("case_12_0000", "case_12_gt")]
    public void Words_that_tell_image_and_mask_apart_do_not_count(string image, string mask) => Assert.That(NameKey.Of(mask), Is.EqualTo(NameKey.Of(image)));

    [TestCase("slice", "each case counts", TestName = "liver_slice1 to liver_slice30 are patients of their own")]
    [TestCase("scan", "number at the end counts", TestName = "2024_scan1 to 2024_scan30 are patients of their own")]
    public void A_rule_that_makes_one_patient_of_all_cases_is_not_used_and_told(string word, string says)
    {
        string[] names = [.. Enumerable.Range(1, 30).Select(n => $"{(word == "scan" ? "2024" : "liver")}_{word}{n}")];

        var (rule, warning) = PatientNames.For(names);

        Assert.That(names.Select(rule), Is.EqualTo(names));
        Assert.That(warning!.Problem, Does.Contain("one patient").And.Contain(says));
        Assert.That(warning.Advice, Does.Contain("--patients"));
    }

    [Test]
    public void A_doubtful_suffix_does_not_count_where_hardly_a_patient_would_be_left()
    {
        string[] names = [.. Enumerable.Range(1, 60).Select(n => $"hospital{1 + (n % 2)}_f_{n}_visit1")];

        var (rule, warning) = PatientNames.For(names);

        Assert.That(rule("hospital1_f_2_visit1"), Is.EqualTo("hospital1_f_2"));
        Assert.That(warning!.Problem, Does.Contain("2 patients only"));
    }

    [Test]
    public void Names_that_tell_patients_apart_need_no_word_about_it()
    {
        foreach (string[] names in new string[][] { ["p01_t1", "p01_t2", "p02_t1"], ["ISIC_0012", "ISIC_0013"], ["sub-01_ses-1_T1w", "sub-01_ses-2_T1w"], ["p1_slice1"] })
        {
            var (rule, warning) = PatientNames.For(names);
            Assert.That(warning, Is.Null, names[0]);
            Assert.That(names.Select(rule), Is.EqualTo(names.Select(PatientNames.Of)), names[0]);
        }
    }
}
