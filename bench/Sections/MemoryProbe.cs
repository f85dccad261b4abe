using System.Globalization;
using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>A process that makes training steps and tells the most memory that it held.</summary>
internal static class MemoryProbe
{
    /// <summary>MODEL BATCH fp32|bf16 kept|checkpointed STEPS.</summary>
    public static void Run(string[] words)
    {
        var (batch, steps) = (int.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[4], CultureInfo.InvariantCulture));
        var device = Devices.Resolve("cpu");
        using var network = SamNetwork.Create(SamRegistry.Resolve(words[0]) with { NumClasses = BenchNetwork.Classes }, new LoraOptions(), device, seed: 1);
        network.Checkpointing = words[3] == "checkpointed";
        using var step = new TrainingStep(network, batch, device);
        var before = ProcessMemory.Peak;
        var seconds = Enumerable.Range(0, steps).Select(_ => Rounds.Time(() => step.Run(words[2] == "bf16" ? Precision.Bf16 : Precision.Fp32))).Min();
        OwnProcess.Answer(new() { ["peak"] = ProcessMemory.Peak, ["before"] = before, ["step"] = seconds });
    }
}
