using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using SAMed.MLNet.Bench.Reporting;

namespace SAMed.MLNet.Bench.Kernels;

/// <summary>Single pieces of the code under BenchmarkDotNet, in this process: times, their spread, and what they allocate.</summary>
internal static class KernelsSection
{
    public static void Run(BenchOptions options, Report report)
    {
        var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
        if (options.Repetitions is { } runs)
        {
            job = job.WithIterationCount(runs);
        }
        var log = new AccumulationLogger();
        var folder = Directory.CreateTempSubdirectory("samed-bench-").FullName;
        try
        {
            var config = ManualConfig.CreateEmpty().AddJob(job).AddLogger(log).AddDiagnoser(MemoryDiagnoser.Default)
                .AddColumnProvider(DefaultColumnProviders.Instance).WithArtifactsPath(folder);
            foreach (var type in new[] { typeof(TensorKernels), typeof(SliceKernels), typeof(FileKernels) })
            {
                ReportAll(BenchmarkRunner.Run(type, config), log, report);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void ReportAll(Summary summary, AccumulationLogger log, Report report)
    {
        if (summary.HasCriticalValidationErrors || summary.Reports.Any(found => !found.Success))
        {
            throw new InvalidOperationException($"{summary.Title} failed:{Environment.NewLine}{log.GetLog()}");
        }
        foreach (var found in summary.Reports)
        {
            var (time, allocated) = (found.ResultStatistics!, found.GcStats.GetBytesAllocatedPerOperation(found.BenchmarkCase));
            var values = found.BenchmarkCase.Parameters.DisplayInfo;
            report.Add($"{found.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'')}{(values.Length > 0 ? " " + values : "")}",
                Numbers.Text($"{Numbers.Seconds(time.Median / 1e9)} ({Numbers.Seconds(time.Min / 1e9)} to {Numbers.Seconds(time.Max / 1e9)}), {allocated:N0} bytes of managed memory"));
        }
    }
}
