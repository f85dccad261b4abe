using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Metrics.Tests;

/// <summary>Two automatic segmentations of one real CT against a third (3 mm voxels): the scores that SciPy gives with medpy's definitions, listed
/// beside the files (MANIFEST.md, "Reference scores"), printed there with six decimals.</summary>
[Category("RealData")]
public class RealDataScoreTests
{
    private const double Tolerance = 5.1e-7;
    private const double VoxelMm = 3;

    [TestCase("spleen", 9452, 9630, 0.977361, 1.000000)]
    [TestCase("right kidney", 3947, 3996, 0.964119, 1.000000)]
    [TestCase("left kidney", 3676, 3676, 0.973069, 1.000000)]
    [TestCase("gallbladder", 1333, 1349, 0.920209, 1.000000)]
    [TestCase("liver", 38634, 39350, 0.981355, 1.000000)]
    [TestCase("stomach", 4675, 4748, 0.953624, 1.000000)]
    [TestCase("aorta", 997, 1174, 0.917550, 1.000000)]
    [TestCase("pancreas", 644, 548, 0.808725, 1.414214)]
    public void The_full_model_against_the_fast_one(string organ, int predicted, int reference, double dice, double hd95Voxel) =>
        Check("example_seg.nii.gz", organ, predicted, reference, dice, hd95Voxel);

    [TestCase("spleen", 9636, 9630, 0.991799, 1.000000)]
    [TestCase("right kidney", 4029, 3996, 0.987165, 1.000000)]
    [TestCase("left kidney", 3641, 3676, 0.990297, 0.000000)]
    [TestCase("gallbladder", 1323, 1349, 0.961826, 1.000000)]
    [TestCase("liver", 39345, 39350, 0.992973, 1.000000)]
    [TestCase("stomach", 4594, 4748, 0.971955, 1.000000)]
    [TestCase("aorta", 1247, 1174, 0.965717, 1.000000)]
    [TestCase("pancreas", 529, 548, 0.876509, 1.000000)]
    public void The_body_cropped_run_against_the_fast_one(string organ, int predicted, int reference, double dice, double hd95Voxel) =>
        Check("example_seg_fast_body_seg.nii.gz", organ, predicted, reference, dice, hd95Voxel);

    private static void Check(string file, string organ, int predicted, int reference, double dice, double hd95Voxel)
    {
        var inMm = Score(file, organ, new());
        var inVoxels = Score(file, organ, new() { Unit = DistanceUnit.Voxel });
        Assert.Multiple(() =>
        {
            Assert.That((inMm.PredictedVoxels, inMm.ReferenceVoxels), Is.EqualTo((predicted, reference)));
            Assert.That(inMm.Dice, Is.EqualTo(dice).Within(Tolerance));
            Assert.That(inVoxels.Hd95, Is.EqualTo(hd95Voxel).Within(Tolerance));
            Assert.That(inMm.Hd95, Is.EqualTo(VoxelMm * hd95Voxel).Within(VoxelMm * Tolerance));
        });
    }

    private static OrganScore Score(string file, string organ, MetricOptions options)
    {
        var table = LabelTable.TotalSegmentator;
        LabelVolume Read(string name)
        {
            var path = TestData.Real($"ct_nifti/{name}");
            return table.Map(VolumeFile.ReadLabels(path), path);
        }
        var scored = table.Classes.Single(candidate => candidate.Name == organ);
        return OrganScorer.Score(file, Read(file), Read("example_seg_fast.nii.gz"), [scored], options).Organs[0];
    }
}
