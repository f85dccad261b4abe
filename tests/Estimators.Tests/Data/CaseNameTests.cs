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
    public void The_patient_is_what_stands_before_slice_and_visit(string name, string patient) => Assert.That(PatientNames.Of(name), Is.EqualTo(patient));

    [TestCase("train_images_ring1", "train_masks_ring1")]
    [TestCase("img0005", "label0005")]
    [TestCase("ISIC_001", "ISIC_001_Segmentation")]
    [TestCase("1", "1-mask")]
    [TestCase("case_12_0000", "case_12_gt")]
    public void Words_that_tell_image_and_mask_apart_do_not_count(string image, string mask) => Assert.That(NameKey.Of(mask), Is.EqualTo(NameKey.Of(image)));
}
