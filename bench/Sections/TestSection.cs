using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Bench.Reporting;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>The test protocol on a volume of 512×512: its time against the network's own, and what it holds in memory for every slice.</summary>
internal static class TestSection
{
    private const double WantedOverhead = 0.10, WantedGrowth = 0.10;

    // The voxels as float32 and the label of each.
    private const int Slices = 100, Parts = 5, FewSlices = 16, FewParts = 2, SliceBytes = 512 * 512 * (sizeof(float) + sizeof(byte));

    public static void Run(BenchOptions options, Report report)
    {
        // fp32 would take minutes and hide the same overhead behind a slower network.
        var (slices, parts) = options.Quick ? (FewSlices, FewParts) : (Slices, Parts);
        var found = Probe(options.Model, slices, parts, "run", options.Device, Numbers.Text($"{slices}"), Numbers.Text($"{parts}"));
        var (whole, own, load) = (found["whole"], found["own"], found["load"]);
        var how = Numbers.Text($"{parts} tests of {slices / parts} slices");
        report.Add(Numbers.Text($"{slices} slices, {options.ModelName} in bf16, batch 4, the network alone, in turn with {how}"), Numbers.Seconds(own));
        report.Add(Numbers.Text($"{slices} slices, samed test without loading the model, {how}"),
            Numbers.Text($"{Numbers.Seconds(whole)}, overheads of {found["least"] * 100:F1} to {found["most"] * 100:F1} %, their median"), $"the network alone: {Numbers.Seconds(own)}",
            new(found["overhead"], RatioUnit.Percent, WantedOverhead, AtLeast: false));
        report.Add("the same in all, with loading the model once", Numbers.Text($"{Numbers.Seconds(whole + load)}, {Numbers.Seconds(load)} of them for loading"), $"the network alone: {Numbers.Seconds(own)}",
            new((whole + load - own) / own, RatioUnit.Percent));
        ReportMemory(options, report);
    }

    /// <summary>With a network so small that memory is the volume's: one that finds nothing, and, the worst case for the surface distances, one that finds every organ everywhere.</summary>
    private static void ReportMemory(BenchOptions options, Report report)
    {
        // A few slices more are less than what a peak differs by from run to run: only the long volumes are judged.
        ReportMemory(options, report, "nothing", "nothing found", options.Quick ? [50, 100] : [50, 200, 400], options.Quick ? null : WantedGrowth);
        ReportMemory(options, report, "everywhere", "every organ found everywhere, so that scoring adds its box around each organ, which is the whole volume here", options.Quick ? [25, 50] : [50, 200], wanted: null);
    }

    private static void ReportMemory(BenchOptions options, Report report, string model, string how, int[] counts, double? wanted)
    {
        var peaks = counts.Select(count => Probe(model, count, parts: 1, "memory", options.Device)["peak"]).ToArray();
        var perSlice = (peaks[^1] - peaks[0]) / (counts[^1] - counts[0]);
        report.Add($"peak memory of {string.Join(", ", counts)} slices, tiny network, {how}", $"{string.Join(", ", peaks.Select(peak => Numbers.Bytes(peak)))}: {Numbers.Text($"{perSlice / 1e6:F2}")} MB a slice",
            Numbers.Text($"the slice: {SliceBytes / 1e6:F2} MB as float32 and labels"), new(perSlice / SliceBytes, RatioUnit.Times, wanted, AtLeast: false));
    }

    /// <summary>What is tested is written by another process: it would be in the peak.</summary>
    private static Dictionary<string, double> Probe(string model, int slices, int parts, params string[] words)
    {
        var folder = Directory.CreateTempSubdirectory("samed-bench-").FullName;
        try
        {
            OwnProcess.Probe("test", "write", model, Numbers.Text($"{slices}"), Numbers.Text($"{parts}"), folder);
            return OwnProcess.Probe(["test", .. words, folder]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
