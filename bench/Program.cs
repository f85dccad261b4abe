using System.Text.Json;
using SAMed.MLNet.Bench;
using SAMed.MLNet.Bench.Reporting;
using SAMed.MLNet.Bench.Sections;
using SAMed.MLNet.Modeling.Runtime;
#if KERNELS
using SAMed.MLNet.Bench.Kernels;
#endif

const int Failed = 1, Usage = 2;
Section[] sections =
[
    new("ceilings", "The machine's ceilings", Tables.Both, CeilingsSection.Run),
    new("model", "Forward pass and training step", Tables.Both, ModelSection.Run),
    new("sweep", "Rising batches", Tables.Gpu, SweepSection.Run),
    new("memory", "Peak memory of a training step", Tables.Cpu, MemorySection.Run),
    new("load", "Loading a checkpoint", Tables.Cpu, LoadSection.Run),
    new("transforms", "Slice pipeline", Tables.Cpu, TransformsSection.Run),
    new("metrics", "Surface distances", Tables.Cpu, MetricsSection.Run),
    new("test", "samed test on a volume", Tables.Both, TestSection.Run),
    new("start", "Cold start", Tables.Cpu, StartSection.Run),
    new("features", "Training with a frozen lower half", Tables.None, FeaturesSection.Run),
    new("slices", "Rows of data views", Tables.None, SlicesSection.Run),
    new("parity", "Parity with golden data on a device", Tables.None, ParitySection.Run) { CheckWords = ParitySection.CheckWords },
#if KERNELS
    new("kernels", "Kernels, by BenchmarkDotNet", Tables.None, KernelsSection.Run),
#endif
];
Dictionary<string, Action<string[]>> probes = new()
{
    ["memory"] = MemoryProbe.Run,
    ["load"] = LoadProbe.Run,
    ["sweep"] = SweepProbe.Run,
    ["test"] = TestProbe.Run,
    ["slices"] = SlicesSection.Pass,
};
if (args is ["probe", var probe, .. var setting])
{
    probes[probe](setting);
    return 0;
}
BenchOptions options;
Section? chosen = null;
try
{
    options = BenchOptions.Parse(args);
    if (options.WantsHelp)
    {
        Console.WriteLine(BenchOptions.Help);
        Console.WriteLine($"  SECTION                     {string.Join(", ", sections.Select(section => section.Name))}");
        return 0;
    }
    if (options.Section is { } name)
    {
        chosen = Array.Find(sections, section => section.Name == name)
            ?? throw new ArgumentException($"There is no section '{name}'; there are: {string.Join(", ", sections.Select(section => section.Name))}.");
        chosen.CheckWords(options.Words);
    }
    if (options.IsGpu)
    {
        Devices.Resolve(options.Device);
    }
}
catch (Exception error) when (error is ArgumentException or DeviceNotAvailableException)
{
    Console.Error.WriteLine(error.Message.ReplaceLineEndings(" "));
    return Usage;
}
if (chosen is null)
{
    return WholeRun.Run(options, sections.Where(section => section.Where.HasFlag(options.IsGpu ? Tables.Gpu : Tables.Cpu))) ? 0 : Failed;
}
var report = new Report();
try
{
    chosen.Run(options, report);
    return 0;
}
finally
{
    // What was measured before a fault stays in the results.
    if (options.Lines is { } path)
    {
        File.WriteAllText(path, JsonSerializer.Serialize(report.Lines));
    }
}
