using System.Globalization;
using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>A process that writes a checkpoint of random weights, or one that loads it.</summary>
internal static class LoadProbe
{
    /// <summary>write MODEL FILE, or read MODEL FILE ROUNDS.</summary>
    public static void Run(string[] words)
    {
        var device = Devices.Resolve("cpu");
        SamNetwork? made = null;
        var create = Rounds.Time(() => made = SamNetwork.Create(SamRegistry.Resolve(words[1]), new LoraOptions(), device, seed: 1));
        using var network = made!;
        if (words[0] == "write")
        {
            SamCheckpoint.Save(network, words[2]);
            OwnProcess.Answer([]);
            return;
        }
        var (extra, first) = FirstLoad(network, words[2]);
        var rounds = int.Parse(words[3], CultureInfo.InvariantCulture);
        var memory = new byte[new FileInfo(words[2]).Length];
        var found = Rounds.Measure(rounds, 1, () => SamCheckpoint.Load(network, words[2]), () => FilePass.Read(words[2]), () => FilePass.ReadInto(words[2], memory),
            () => SamCheckpoint.Sha256Of(words[2]));
        OwnProcess.Answer(new()
        {
            ["create"] = create, ["extra"] = extra, ["first"] = first, ["load"] = found[0].Median, ["loadMin"] = found[0].Min, ["pass"] = found[1].Median, ["passInto"] = found[2].Median,
            ["hash"] = found[3].Median,
        });
    }

    /// <summary>What the process holds beyond what it held before, at most, and how long it takes when nothing is compiled yet.</summary>
    private static (double Extra, double Seconds) FirstLoad(SamNetwork network, string path)
    {
        var canReset = ProcessMemory.TryResetPeak();
        // Without it the peak may be that of making the network: then the extra is a lower bound that is told as at least zero.
        var before = canReset ? ProcessMemory.Now : ProcessMemory.Peak;
        var seconds = Rounds.Time(() => SamCheckpoint.Load(network, path));
        return (Math.Max(0, ProcessMemory.Peak - before), seconds);
    }
}
