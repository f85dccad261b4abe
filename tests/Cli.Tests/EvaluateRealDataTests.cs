using System.Text.Json;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>Two label maps of one real CT, against scores computed by SciPy with the published definition (border by erosion, percentile of both directions joined).</summary>
[TestFixture]
[Category("RealData")]
public class EvaluateRealDataTests
{
    // Class id, reference voxels of example_seg_fast, voxels of example_seg, Dice, HD95 in voxels; 3 mm isotropic.
    private static readonly (int Id, int Predicted, int Reference, double Dice, double Hd95Voxels)[] s_expected =
    [
        (1, 9452, 9630, 0.977361, 1), (2, 3947, 3996, 0.964119, 1), (3, 3676, 3676, 0.973069, 1), (4, 1333, 1349, 0.920209, 1),
        (5, 38634, 39350, 0.981355, 1), (6, 4675, 4748, 0.953624, 1), (7, 997, 1174, 0.917550, 1), (8, 644, 548, 0.808725, 1.414214),
    ];

    [TestCase("geometry", 3)]
    [TestCase("voxel", 1)]
    public void Example_seg_against_example_seg_fast_equals_the_reference_scores(string spacing, double unitsPerVoxel)
    {
        using var folder = new TempFolder();
        var run = CliRun.Of("evaluate", "--prediction", TestData.Real("ct_nifti/example_seg.nii.gz"), "--reference", TestData.Real("ct_nifti/example_seg_fast.nii.gz"),
            "--labels", "totalsegmentator", "--spacing", spacing, "--policy", "paper", "--json", folder.File("scores.json"));
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File("scores.json")));
        var organs = json.RootElement.GetProperty("cases")[0].GetProperty("organs");
        Assert.Multiple(() =>
        {
            foreach (var (id, predicted, reference, dice, hd95) in s_expected)
            {
                var organ = organs.EnumerateArray().Single(one => one.GetProperty("id").GetInt32() == id);
                Assert.That(organ.GetProperty("predictedVoxels").GetInt32(), Is.EqualTo(predicted), $"organ {id}");
                Assert.That(organ.GetProperty("referenceVoxels").GetInt32(), Is.EqualTo(reference), $"organ {id}");
                Assert.That(organ.GetProperty("dice").GetDouble(), Is.EqualTo(dice).Within(1e-6), $"organ {id}");
                Assert.That(organ.GetProperty("hd95").GetDouble(), Is.EqualTo(hd95 * unitsPerVoxel).Within(5e-6), $"organ {id}");
            }
        });
    }
}
