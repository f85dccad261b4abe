using System.Text.Json;
using NUnit.Framework;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.TestKit;

/// <summary>The golden end-to-end run of the reference: its files, and what it computed from them. Everything that has a size comes from config.json and the arrays.</summary>
public sealed class GoldenPipeline : IDisposable
{
    /// <summary>Difference of the two largest probabilities above which a pixel's label must be the reference's.</summary>
    public const float SureMargin = 1e-3f;

    private readonly NpzFile _expected;

    private GoldenPipeline()
    {
        Folder = TestData.Golden("pipeline");
        using var config = JsonDocument.Parse(File.ReadAllText(Config));
        (ImageSize, InputSize) = (config.RootElement.GetProperty("image_size").GetInt32(), config.RootElement.GetProperty("input_size").GetInt32());
        (ClassCount, LoraRank) = (config.RootElement.GetProperty("num_classes").GetInt32(), config.RootElement.GetProperty("lora_rank").GetInt32());
        Cases = [.. File.ReadLines(Path.Combine(Folder, "test_vol.txt")).Select(line => line.Trim()).Where(line => line.Length > 0).AtLeastOne()];
        _expected = NpzFile.Open(Path.Combine(Folder, "end_to_end.npz"));
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The frozen SAM checkpoint.</summary>
    public string Sam => Path.Combine(Folder, "base_sam.pth");

    /// <summary>The LoRA file that the reference trained.</summary>
    public string Lora => Path.Combine(Folder, "lora_trained.pth");

    /// <summary>The architecture.</summary>
    public string Config => Path.Combine(Folder, "config.json");

    /// <summary>One slice with what the reference's 2-D branch makes of it.</summary>
    public string Slice2D => Path.Combine(Folder, "slice2d.npz");

    /// <summary>The reference's npz training slices.</summary>
    public string TrainSlices => Path.Combine(Folder, "train_npz");

    /// <summary>The test volumes of <see cref="Volume"/>.</summary>
    public string TestVolumes => Path.Combine(Folder, "test_vol_h5");

    /// <summary>The list that <see cref="Cases"/> was read from.</summary>
    public string List => Path.Combine(Folder, "test_vol.txt");

    /// <summary>The lines that the reference's test program logged for <see cref="Cases"/>.</summary>
    public string Log => Path.Combine(Folder, "inference_log.txt");

    /// <summary>S.</summary>
    public int ImageSize { get; }

    /// <summary>Side of the detour's square.</summary>
    public int InputSize { get; }

    /// <summary>C, without background.</summary>
    public int ClassCount { get; }

    /// <summary>Rank of <see cref="Lora"/>.</summary>
    public int LoraRank { get; }

    /// <summary>The test cases, as the reference's list has them.</summary>
    public IReadOnlyList<string> Cases { get; }

    /// <summary>Opens it, or skips the test.</summary>
    public static GoldenPipeline Open() => new();

    /// <summary>The preprocessed HDF5 file of a case: intensities in [0, 1].</summary>
    public string Volume(string name) => Path.Combine(Folder, "test_vol_h5", name + ".npy.h5");

    /// <summary>The NIfTI file that <see cref="Volume"/> was made from, in HU.</summary>
    public string RawImage(string name) => Path.Combine(Folder, "raw", "img", name.Replace("case", "img", StringComparison.Ordinal) + ".nii.gz");

    /// <summary>[D, C+1, L, L].</summary>
    public float[] LowResLogits(string name) => _expected[name + "_low_res_logits"].ToSingle();

    /// <summary>[D, S, S].</summary>
    public float[] Argmax(string name) => _expected[name + "_argmax"].ToSingle();

    /// <summary>[D, S, S]: difference of the two largest probabilities.</summary>
    public float[] Margin(string name) => _expected[name + "_margin"].ToSingle();

    /// <summary>[D, H, W].</summary>
    public float[] Prediction(string name) => _expected[name + "_prediction"].ToSingle();

    /// <summary>Pixels [D, S, S] that differ from <see cref="Argmax"/> although the reference was sure of them.</summary>
    public int UnexplainedPixels<T>(string name, IReadOnlyList<T> got)
        where T : struct, IConvertible
    {
        var (expected, margin) = (Argmax(name), Margin(name));
        Assert.That(got, Has.Count.EqualTo(expected.Length), name);
        return Enumerable.Range(0, expected.Length).Count(i => margin[i] > SureMargin && got[i].ToSingle(null) != expected[i]);
    }

    /// <summary>Voxels [D, H, W] that differ from <see cref="Prediction"/> although the reference was sure of the pixels that they come from.</summary>
    public int UnexplainedVoxels(string name, LabelVolume got)
    {
        var (expected, margin) = (Prediction(name), Margin(name));
        Assert.That(got.Voxels, Has.Length.EqualTo(expected.Length), name);
        var (height, width, pixels) = (got.Geometry.Height, got.Geometry.Width, ImageSize * ImageSize);
        var sure = new byte[height * width];
        var count = 0;
        for (var z = 0; z < got.Geometry.Depth; z++)
        {
            SplineResize.ResizeNearest(margin.Skip(z * pixels).Take(pixels).Select(m => m > SureMargin ? (byte)1 : (byte)0).ToArray(), ImageSize, ImageSize, sure, height, width, ZoomEdge.Exact);
            count += sure.Where((isSure, i) => isSure == 1 && got.Voxels[(z * sure.Length) + i] != expected[(z * sure.Length) + i]).Count();
        }
        return count;
    }

    /// <summary>[C, 2]: Dice and HD95 by the published rule, in voxels.</summary>
    public double[] Metrics(string name) => _expected[name + "_metrics"].ToDouble();

    /// <inheritdoc/>
    public void Dispose() => _expected.Dispose();
}
