using System.Diagnostics;
using System.Globalization;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Losses;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench;

/// <summary>Peak memory and time of training steps at 512×512 on the CPU, for each precision with and without checkpointing. Every setting runs in a process of its own.</summary>
internal static class MemoryBenchmark
{
    private const int Classes = 8, Steps = 3;

    /// <summary>Runs every setting, those with the given words only, or, given its own arguments, the one that they name. False when they make no sense.</summary>
    public static bool Run(string[] arguments)
    {
        switch (arguments)
        {
            case []:
                RunAll("vit_b", [1, 2], onlyCheckpointed: false);
                return true;
            case ["vit_b" or "vit_l" or "vit_h"]:
                // The large ones at the batch that fits a desktop, the way one would train them there.
                RunAll(arguments[0], [1], onlyCheckpointed: arguments[0] == "vit_h");
                return true;
            case [var model, var batch, "fp32" or "bf16", "kept" or "checkpointed"] when int.TryParse(batch, NumberStyles.None, CultureInfo.InvariantCulture, out var slices) && slices > 0:
                Measure(model, slices, arguments[2] == "bf16" ? Precision.Bf16 : Precision.Fp32, checkpointing: arguments[3] == "checkpointed");
                return true;
            default:
                Console.Error.WriteLine("usage: dotnet run -c Release --project bench -- memory [vit_b|vit_l|vit_h]");
                return false;
        }
    }

    private static void RunAll(string model, int[] batches, bool onlyCheckpointed)
    {
        foreach (var batch in batches)
        {
            foreach (var precision in new[] { "fp32", "bf16" })
            {
                foreach (var activations in onlyCheckpointed ? new[] { "checkpointed" } : ["kept", "checkpointed"])
                {
                    Console.Write(Timing.Text($"{model}, batch {batch}, {precision}, activations {activations}: "));
                    OwnProcess.Run("memory", model, batch.ToString(CultureInfo.InvariantCulture), precision, activations);
                }
            }
        }
    }

    private static void Measure(string model, int batch, Precision precision, bool checkpointing)
    {
        var device = Devices.Resolve("cpu");
        using var network = SamNetwork.Create(SamRegistry.Resolve(model) with { NumClasses = Classes }, new LoraOptions(), device, seed: 1);
        (network.Precision, network.Checkpointing) = (precision, checkpointing);
        using var optimizer = optim.AdamW(network.TrainableParameters.Select(named => named.Parameter), 1e-4);
        var loaded = Peak();
        var seconds = Enumerable.Range(0, Steps).Select(_ => Step(network, optimizer, batch)).ToList();
        Console.WriteLine(Timing.Text($"peak {Peak():F0} MiB, {loaded:F0} of them before the first step; {seconds.Min():F1} s per step"));
    }

    private static double Step(SamNetwork network, optim.Optimizer optimizer, int batch)
    {
        var start = Stopwatch.GetTimestamp();
        using var scope = NewDisposeScope();
        var (size, low) = (network.Options.ImageSize, network.Options.LowResSize);
        optimizer.zero_grad();
        var labels = randint(0, Classes + 1, [batch, low, low], dtype: ScalarType.Int64);
        CrossEntropyDice.Compute(network.LowResLogits(rand(batch, 1, size, size)), labels, 0.8).Total.backward();
        network.ThrowIfBackwardFailed();
        optimizer.step();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>The most that the process has held in memory so far (Linux: VmHWM), MiB.</summary>
    private static double Peak()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1048576.0;
    }
}
