using System.IO.Compression;
using System.Runtime.InteropServices;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Cli.Tests;

/// <summary><c>predict --save-probabilities</c> and <c>--tta</c> on the reference's trained files.</summary>
[TestFixture]
public class ProbabilitiesTests : OnGoldenPipeline
{
    [TestCase("none", "stored")]
    [TestCase("flip", "stored")]
    [TestCase("none", "LPI")]
    public void They_sum_to_1_and_the_largest_is_the_label(string tta, string orientation)
    {
        var input = Golden.RawImage(Golden.Cases[1]);
        var labels = Predict(input, "labels.nii.gz", "--tta", tta, "--orientation", orientation, "--save-probabilities", Folder.File("p.npz"));
        var grid = labels.Geometry;
        using var file = NpzFile.Open(Folder.File("p.npz"));
        var array = file["probabilities"];
        var values = array.As<float>();

        Assert.That(array.Shape, Is.EqualTo(new[] { Golden.ClassCount + 1, grid.Depth, grid.Height, grid.Width }));
        for (var voxel = 0; voxel < grid.VoxelCount; voxel++)
        {
            var of = Enumerable.Range(0, Golden.ClassCount + 1).Select(id => values[(id * grid.VoxelCount) + voxel]).ToArray();
            if (Math.Abs(of.Sum() - 1) > 1e-5 || of[labels.Voxels[voxel]] != of.Max())
            {
                Assert.Fail($"voxel {voxel}: label {labels.Voxels[voxel]}, probabilities {string.Join(", ", of)}");
            }
        }
        Assert.That(Directory.EnumerateFiles(Folder.Path).Select(Path.GetFileName), Is.EquivalentTo(new[] { "labels.nii.gz", "p.npz" }), "no scratch file stays");
    }

    [Test]
    [Platform("Linux")]
    public void A_place_that_takes_no_file_is_told_by_its_own_name_before_the_work()
    {
        var run = CliRun.Of("predict", "--input", Golden.Volume(Golden.Cases[0]), "--sam", Golden.Sam, "--lora", Golden.Lora, "--model", Golden.Config, "--device", "cpu",
            "--output", Folder.File("labels.nii.gz"), "--save-probabilities", "/proc/p.npz");

        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Error, Does.Contain("'/proc/p.npz'").And.Not.Contain(".part").And.Not.Contain("scratch"));
        Assert.That(File.Exists(Folder.File("labels.nii.gz")), Is.False);
    }

    [Test]
    public void As_NIfTI_they_are_a_4D_image_with_the_same_numbers_on_the_same_grid()
    {
        var input = Golden.RawImage(Golden.Cases[0]);
        Predict(input, "labels.nii.gz", "--save-probabilities", Folder.File("p.npz"));
        var labels = Predict(input, "labels.nii.gz", "--save-probabilities", Folder.File("p.nii.gz"));
        using var gzip = new GZipStream(File.OpenRead(Folder.File("p.nii.gz")), CompressionMode.Decompress);
        using var content = new MemoryStream();
        gzip.CopyTo(content);
        var bytes = content.ToArray();
        using var file = NpzFile.Open(Folder.File("p.npz"));

        Assert.That(MemoryMarshal.Cast<byte, short>(bytes.AsSpan(40, 10)).ToArray(),
            Is.EqualTo(new short[] { 4, (short)labels.Geometry.Width, (short)labels.Geometry.Height, (short)labels.Geometry.Depth, (short)(Golden.ClassCount + 1) }));
        Assert.That(MemoryMarshal.Cast<byte, float>(bytes.AsSpan(352)).ToArray(), Is.EqualTo(file["probabilities"].As<float>()));
        Assert.That(VolumeFile.Identify(Folder.File("p.nii.gz")).Geometry.Affine, Is.EqualTo(labels.Geometry.Affine));
    }

    [Test]
    public void Several_inputs_take_a_folder()
    {
        var inputs = Path.Combine(Golden.Folder, "test_vol_h5");
        var wrong = CliRun.Of([.. Arguments(inputs, "out"), "--save-probabilities", Folder.File("p.nii.gz")]);
        Assert.That(wrong.ExitCode, Is.EqualTo(2), wrong.ToString());
        var run = CliRun.Of([.. Arguments(inputs, "out"), "--save-probabilities", Folder.File("p")]);
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(Directory.EnumerateFiles(Folder.File("p")).Select(Path.GetFileName), Is.EquivalentTo(Golden.Cases.Select(name => name + ".nii.gz")));
    }

    [TestCase("--save-probabilities", "p.png")]
    [TestCase("--tta", "spin")]
    [TestCase("--tta", "flip", "--save-logits", "l.npz")]
    public void What_does_not_go_is_a_usage_error(params string[] more)
    {
        var run = CliRun.Of([.. Arguments(Golden.Volume(Golden.Cases[0]), "labels.nii.gz"), .. more.Select(word => word.Contains('.', StringComparison.Ordinal) ? Folder.File(word) : word)]);
        Assert.That(run.ExitCode, Is.EqualTo(2), run.ToString());
        Assert.That(Directory.EnumerateFileSystemEntries(Folder.Path), Is.Empty);
    }

    private LabelVolume Predict(string input, string output, params string[] more)
    {
        var run = CliRun.Of([.. Arguments(input, output), .. more]);
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        return VolumeFile.ReadLabels(Folder.File(output));
    }

    private string[] Arguments(string input, string output) =>
        ["predict", "--input", input, "--sam", Golden.Sam, "--lora", Golden.Lora, "--model", Golden.Config, "--output", Folder.File(output)];
}
