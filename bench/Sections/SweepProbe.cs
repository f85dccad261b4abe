using System.Globalization;
using System.Runtime.InteropServices;
using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Bench.Reporting;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>A process that runs one batch again and again.</summary>
internal static class SweepProbe
{
    /// <summary>MODEL DEVICE BATCH inference|training bf16|fp32 ROUNDS.</summary>
    public static void Run(string[] words)
    {
        var (batch, isTraining, rounds) = (int.Parse(words[2], CultureInfo.InvariantCulture), words[3] == "training", int.Parse(words[5], CultureInfo.InvariantCulture));
        var device = Devices.Resolve(words[1]);
        var used = GpuMemory.Used(device);
        using var network = BenchNetwork.Create(words[0], device);
        var precision = words[4] == "bf16" ? Precision.Bf16 : Precision.Fp32;
        network.Precision = precision;
        network.train(isTraining);
        try
        {
            var step = Time(network, device, batch, isTraining, rounds);
            var memory = device.type == DeviceType.CUDA ? GpuMemory.Used(device) - used : ProcessMemory.Peak;
            var cost = isTraining ? Cost.TrainingStep(network.Options) : Cost.Forward(network.Options);
            OwnProcess.Answer(new() { ["step"] = step, ["memory"] = memory, ["operations"] = batch * cost, ["gemm"] = Gemm(network.Options, device, batch, precision, rounds) });
        }
        catch (ExternalException error) when (GpuMemory.IsLackOf(error.Message))
        {
            // Nothing measured is the answer that it does not fit.
            Console.Error.WriteLine(error.Message.Split('\n')[0]);
            OwnProcess.Answer([]);
        }
    }

    private static double Time(SamNetwork network, Device device, int batch, bool isTraining, int rounds)
    {
        if (isTraining)
        {
            using var step = new TrainingStep(network, batch, device);
            return Rounds.Measure(rounds, 2, () => step.Run(network.Precision))[0].Median;
        }
        using var held = network.HoldWeights(trained: true);
        using var images = BenchNetwork.Images(network.Options, batch, device);
        return Rounds.Measure(rounds, 2, () =>
        {
            using var mode = inference_mode();
            network.LowResLogits(images).Dispose();
            TorchClock.Wait(device);
        })[0].Median;
    }

    private static double Gemm(SamOptions options, Device device, int batch, Precision precision, int rounds)
    {
        using var products = GemmRate.OfBlock(options, batch, precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32, device);
        return products.Operations / Rounds.Measure(rounds, 2, products.Run)[0].Median;
    }
}
