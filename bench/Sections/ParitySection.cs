using System.Globalization;
using SAMed.MLNet.Bench.Reporting;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Losses;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>Outputs and gradients of a small network on the device against the published code's, stored as golden data (tests/Golden/tiny_samed), TF32 off.</summary>
internal static class ParitySection
{
    private const double Tolerance = 1e-4, GradientTolerance = 1e-3, DiceWeight = 0.8;

    private static readonly string[] Files = ["config.json", "model_state.pth", "forward.npz", "train3_adamw.npz", "grads_step0.npz"];

    /// <summary>Whether the one word is the folder of the golden data.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static void CheckWords(IReadOnlyList<string> words)
    {
        if (words is not [var folder])
        {
            throw new ArgumentException($"'parity' wants one folder, that of the golden data (tests/Golden/tiny_samed); got {(words.Count == 0 ? "none" : string.Join(' ', words))}.");
        }
        if (Array.Find(Files, file => !File.Exists(Path.Combine(folder, file))) is { } missing)
        {
            throw new ArgumentException($"'{folder}' is not the folder of the golden data (tests/Golden/tiny_samed): there is no {missing} in it.");
        }
    }

    /// <summary>One word: the folder of the golden data.</summary>
    /// <exception cref="InvalidOperationException">Something differs by more than the tolerance.</exception>
    public static void Run(BenchOptions options, Report report)
    {
        var folder = options.Words[0];
        var device = Devices.Resolve(options.Device);
        (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = (false, false);
        using var scope = NewDisposeScope();
        using var network = Load(folder, device);
        var fine = CompareLogits(network, folder, device, report);
        fine &= CompareGradients(network, folder, device, report);
        if (!fine)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"On {options.Device} the network differs from the published code by more than {Tolerance} in its logits or {GradientTolerance} of a gradient."));
        }
    }

    private static SamNetwork Load(string folder, Device device)
    {
        var network = SamNetwork.Create(SamOptions.FromJsonFile(Path.Combine(folder, "config.json")), new LoraOptions(), device, seed: 1);
        using var state = TensorFile.Read(Path.Combine(folder, "model_state.pth"));
        using var noGrad = no_grad();
        foreach (var (name, tensor) in network.state_dict())
        {
            tensor.copy_(state[name]);
        }
        return network;
    }

    private static bool CompareLogits(SamNetwork network, string folder, Device device, Report report)
    {
        using var golden = NpzFile.Open(Path.Combine(folder, "forward.npz"));
        using var mode = inference_mode();
        var difference = Difference(network.LowResLogits(Floats(golden["input"]).to(device)), Floats(golden["low_res_logits"]));
        report.Add("largest difference of logits, fp32", Exponent(difference), "the published code", new(difference / Tolerance, RatioUnit.Times, 1, AtLeast: false));
        return difference <= Tolerance;
    }

    private static bool CompareGradients(SamNetwork network, string folder, Device device, Report report)
    {
        using var batches = NpzFile.Open(Path.Combine(folder, "train3_adamw.npz"));
        using var golden = NpzFile.Open(Path.Combine(folder, "grads_step0.npz"));
        var images = Floats(batches["inputs"]).select(0, 0).to(device);
        var labels = tensor(batches["low_res_labels"].ToInt64(), ShapeOf(batches["low_res_labels"])).select(0, 0).to(device);
        CrossEntropyDice.Compute(network.LowResLogits(images), labels, DiceWeight).Total.backward();
        var worst = 0.0;
        foreach (var (name, parameter) in network.TrainableParameters.Where(named => named.Parameter.grad is not null))
        {
            var expected = Floats(golden[name]);
            worst = Math.Max(worst, Difference(parameter.grad!, expected) / Math.Max(1e-3, expected.abs().max().item<float>()));
        }
        report.Add("largest difference of gradients, as a part of the parameter's largest", Exponent(worst), "the published code", new(worst / GradientTolerance, RatioUnit.Times, 1, AtLeast: false));
        return worst <= GradientTolerance;
    }

    private static double Difference(Tensor actual, Tensor expected) => (actual.detach().cpu() - expected).abs().max().item<float>();

    private static Tensor Floats(NpyArray array) => tensor(array.ToSingle(), ShapeOf(array));

    private static long[] ShapeOf(NpyArray array) => [.. array.Shape.Select(length => (long)length)];

    private static string Exponent(double number) => number.ToString("E1", CultureInfo.InvariantCulture);
}
