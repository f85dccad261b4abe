using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Bench.Reporting;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>A SAM checkpoint into the network, against one pass over the same file, which the disk cache holds.</summary>
internal static class LoadSection
{
    private const double WantedRate = 0.5, WantedExtra = 1.1;

    public static void Run(BenchOptions options, Report report)
    {
        var folder = Directory.CreateTempSubdirectory("samed-bench-").FullName;
        try
        {
            foreach (var ending in options.Quick ? new[] { ".pth" } : [".pth", ".safetensors"])
            {
                var path = Path.Combine(folder, options.ModelName + ending);
                OwnProcess.Probe("load", "write", options.Model, path);
                Measure(options, path, ending, report);
                File.Delete(path);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Measure(BenchOptions options, string path, string ending, Report report)
    {
        var bytes = new FileInfo(path).Length;
        var rounds = options.Repetitions ?? (options.Quick ? 3 : 15);
        var found = OwnProcess.Probe("load", "read", options.Model, path, Numbers.Text($"{rounds}"));
        var rate = bytes / found["load"];
        var isTarget = ending == ".pth";
        report.Add($"{ending} of {Numbers.Bytes(bytes)} into the network", $"{Numbers.Seconds(found["load"])} ({Numbers.Seconds(found["loadMin"])} at best), {Rate(rate)}",
            $"one pass over the file on one thread: {Rate(bytes / found["pass"])}", new(found["pass"] / found["load"], RatioUnit.Percent, isTarget ? WantedRate : null));
        report.Add($"{ending}, against a pass that keeps the bytes", Rate(rate), $"one pass into memory of the file's size: {Rate(bytes / found["passInto"])}", new(found["passInto"] / found["load"], RatioUnit.Percent));
        report.Add($"{ending}, memory beyond the network's while loading", Numbers.Bytes(found["extra"]), $"the file: {Numbers.Bytes(bytes)}", new(found["extra"] / bytes, RatioUnit.Times, isTarget ? WantedExtra : null, AtLeast: false));
        report.Add($"{ending}, making the network before", Numbers.Seconds(found["create"]));
        report.Add($"{ending}, the first load of a process", Numbers.Seconds(found["first"]));
        report.Add($"{ending}, SHA-256 alone", Numbers.Seconds(found["hash"]));
    }

    private static string Rate(double bytesPerSecond) => Numbers.Text($"{bytesPerSecond / 1e9:F2} GB/s");
}
