using System.Text.Json;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>The reference's end-to-end run through the command line: predict, then evaluate.</summary>
[TestFixture]
public class GoldenPredictTests : OnGoldenPipeline
{
    [Test]
    public void Predict_writes_the_references_logits_and_labels()
    {
        foreach (var name in Golden.Cases)
        {
            var (labels, logits) = Predict(name, Golden.Volume(name), "--window", "none", "--input-size", $"{Golden.InputSize}", "--save-logits", Folder.File(name + ".npz"));

            using var saved = NpzFile.Open(logits);
            Assert.That(saved["low_res_logits"].ToSingle(), Is.EqualTo(Golden.LowResLogits(name)).Within(1e-4), name);
            Assert.That(Golden.UnexplainedPixels(name, saved["argmax"].ToSingle()), Is.Zero, $"{name}: argmax");
            Assert.That(Golden.UnexplainedVoxels(name, labels), Is.Zero, $"{name}: labels");
        }
    }

    [Test]
    public void An_array_without_geometry_gives_x_last_z_first_and_spacing_1()
    {
        var name = Golden.Cases[0];
        var (labels, _) = Predict(name, Golden.Volume(name));
        var image = VolumeFile.ReadImage(Golden.Volume(name)).Geometry;
        var info = VolumeFile.Identify(Folder.File(name + ".nii.gz"));

        Assert.That(info.Shape, Is.EqualTo(new[] { image.Width, image.Height, image.Depth }));
        Assert.That(info.Geometry.Affine, Is.EqualTo(Affine.Identity));
        Assert.That(info.HasGeometry && info.IsLabelMap);
        Assert.That(labels.Voxels.Max(), Is.GreaterThan(0));
    }

    [Test]
    public void No_option_beyond_the_files_and_the_model_is_needed()
    {
        foreach (var name in Golden.Cases)
        {
            var (labels, _) = Predict(name, Golden.Volume(name));
            var (explicitly, _) = Predict(name + "_b", Golden.Volume(name), "--window", "none", "--input-size", $"{Golden.InputSize}", "--image-size", $"{Golden.ImageSize}",
                "--zoom-edge", "paper", "--orientation", "stored", "--rank", $"{Golden.LoraRank}", "--num-classes", $"{Golden.ClassCount}", "--device", "cpu", "--batch-size", "1");

            Assert.That(labels.Voxels, Is.EqualTo(explicitly.Voxels), name);
        }
    }

    [Test]
    public void The_raw_NIfTI_gives_the_same_labels_on_its_own_grid()
    {
        foreach (var name in Golden.Cases)
        {
            var (fromH5, _) = Predict(name, Golden.Volume(name));
            var (fromRaw, _) = Predict(name + "_raw", Golden.RawImage(name), "--window", "-125", "275");
            var (byDefault, _) = Predict(name + "_default", Golden.RawImage(name));

            Assert.That(fromRaw.Voxels, Is.EqualTo(fromH5.Voxels), name);
            Assert.That(byDefault.Voxels, Is.EqualTo(fromH5.Voxels), name);
            Assert.That(fromRaw.Geometry, Is.EqualTo(VolumeFile.Identify(Golden.RawImage(name)).Geometry), name);
        }
    }

    [Test]
    public void A_folder_is_predicted_file_by_file_and_scored_as_published()
    {
        var run = CliRun.Of("predict", "--input", Path.Combine(Golden.Folder, "test_vol_h5"), "--sam", Golden.Sam, "--lora", Golden.Lora, "--model", Golden.Config, "--output", Folder.File("p"));
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        var evaluation = CliRun.Of("evaluate", "--prediction", Folder.File("p"), "--reference", Path.Combine(Golden.Folder, "test_vol_h5"), "--labels", "synapse",
            "--policy", "paper", "--spacing", "voxel", "--json", Folder.File("scores.json"));
        Assert.That(evaluation.ExitCode, Is.Zero, evaluation.ToString());

        using var json = JsonDocument.Parse(File.ReadAllText(Folder.File("scores.json")));
        using var expected = NpzFile.Open(Path.Combine(Golden.Folder, "end_to_end.npz"));
        foreach (var one in json.RootElement.GetProperty("cases").EnumerateArray().AtLeastOne())
        {
            var name = one.GetProperty("case").GetString()!;
            var metrics = Golden.Metrics(name);
            Assert.That(one.GetProperty("organs").EnumerateArray().Select(organ => organ.GetProperty("dice").GetDouble()),
                Is.EqualTo(metrics.Where((_, i) => i % 2 == 0)).Within(2e-3), name);
        }
        Assert.That(json.RootElement.GetProperty("mean").GetProperty("dice").GetDouble(), Is.EqualTo(expected["mean_dice"].ToDouble()[0]).Within(2e-3));
        Assert.That(json.RootElement.GetProperty("mean").GetProperty("hd95").GetDouble(), Is.EqualTo(expected["mean_hd95"].ToDouble()[0]).Within(0.5));
    }

    [Test]
    public void A_single_2D_slice_skips_the_detour()
    {
        using var slice = NpzFile.Open(Golden.Slice2D);
        NpzFile.Write(Folder.File("slice.npz"), [new("image", slice["image"]), new("label", slice["label"])]);

        var (_, logits) = Predict("slice", Folder.File("slice.npz"), "--save-logits", Folder.File("slice_logits.npz"));

        using var saved = NpzFile.Open(Folder.File("slice_logits.npz"));
        var (argmax, expected) = (saved["argmax"].ToSingle(), slice["argmax"].ToSingle());
        var margin = Margin(saved["low_res_logits"]);
        Assert.That(margin.Count(m => m <= GoldenPipeline.SureMargin), Is.LessThan(expected.Length / 100));
        Assert.That(Enumerable.Range(0, expected.Length).Count(i => margin[i] > GoldenPipeline.SureMargin && argmax[i] != expected[i]), Is.Zero);
        var scores = CliRun.Of("evaluate", "--prediction", Folder.File("slice.nii.gz"), "--reference", Folder.File("slice.npz"), "--labels", "synapse",
            "--policy", "paper", "--spacing", "voxel", "--json", Folder.File("scores.json"));
        Assert.That(scores.ExitCode, Is.Zero, scores.ToString());
        using var json = JsonDocument.Parse(File.ReadAllText(Folder.File("scores.json")));
        Assert.That(json.RootElement.GetProperty("cases")[0].GetProperty("organs").EnumerateArray().Select(organ => organ.GetProperty("dice").GetDouble()),
            Is.EqualTo(slice["metrics"].ToDouble().Where((_, i) => i % 2 == 0)).Within(2e-3));
    }

    /// <summary>Difference of the two largest probabilities per pixel [S, S]: the reference left none for the slice, but its logits are ours within 1e-4.</summary>
    private float[] Margin(NpyArray lowResLogits)
    {
        using var scope = NewDisposeScope();
        var logits = tensor(lowResLogits.ToSingle(), [1, .. lowResLogits.Shape[^3..]]);
        var probabilities = functional.interpolate(logits, [Golden.ImageSize, Golden.ImageSize], mode: InterpolationMode.Bilinear, align_corners: false).softmax(1);
        var (top, _) = probabilities.topk(2, dim: 1);
        return (top.select(1, 0) - top.select(1, 1)).data<float>().ToArray();
    }

    private (LabelVolume Labels, string Logits) Predict(string name, string input, params string[] more)
    {
        var output = Folder.File(name + ".nii.gz");
        var run = CliRun.Of(["predict", "--input", input, "--sam", Golden.Sam, "--lora", Golden.Lora, "--model", Golden.Config, "--output", output, .. more]);
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        return (VolumeFile.ReadLabels(output), Folder.File(name + ".npz"));
    }
}
