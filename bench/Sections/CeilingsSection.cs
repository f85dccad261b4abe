using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Bench.Reporting;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>What the machine can do at most: products of matrices, copies in memory, a file from the disk cache.</summary>
internal static class CeilingsSection
{
    private const int Square = 4096, CopiedBytes = 256 << 20, FileBytes = 256 << 20;

    public static void Run(BenchOptions options, Report report)
    {
        var device = Devices.Resolve(options.Device);
        var (model, rounds) = (SamRegistry.Resolve(options.Model), options.Repetitions ?? (options.Quick ? 3 : 9));
        foreach (var batch in options.Batches ?? (options.Quick ? [1] : [1, 4]))
        {
            using GemmRate single = GemmRate.OfBlock(model, batch, ScalarType.Float32, device), half = GemmRate.OfBlock(model, batch, ScalarType.BFloat16, device);
            ReportRates(report, $"the shapes of {options.ModelName}, batch {batch}", rounds, single, half);
        }
        using (GemmRate single = GemmRate.OfSquare(Square, ScalarType.Float32, device), half = GemmRate.OfSquare(Square, ScalarType.BFloat16, device))
        {
            ReportRates(report, Numbers.Text($"{Square} × {Square} × {Square}"), Math.Min(rounds, 5), single, half);
        }
        ReportCopies(report, rounds);
        ReportReading(report, rounds);
    }

    private static void ReportRates(Report report, string shapes, int rounds, GemmRate single, GemmRate half)
    {
        var found = Rounds.Measure(rounds, 2, single.Run, half.Run);
        foreach (var (name, gemm, time) in new[] { ("fp32", single, found[0]), ("bf16", half, found[1]) })
        {
            report.Add($"GEMM {name}, {shapes}", Numbers.Text($"{gemm.Operations / time.Median / 1e9:N0} GFLOP/s ({gemm.Operations / time.Max / 1e9:N0} to {gemm.Operations / time.Min / 1e9:N0})"));
        }
    }

    private static void ReportCopies(Report report, int rounds)
    {
        var (from, to) = (new byte[CopiedBytes], new byte[CopiedBytes]);
        new Random(1).NextBytes(from);
        var found = Rounds.Measure(rounds, 1, () => Buffer.BlockCopy(from, 0, to, 0, CopiedBytes), () => CopyInParallel(from, to));
        report.Add("memory copy, one thread", Numbers.Text($"{CopiedBytes / found[0].Median / 1e9:F1} GB/s"));
        report.Add(Numbers.Text($"memory copy, {Environment.ProcessorCount} threads"), Numbers.Text($"{CopiedBytes / found[1].Median / 1e9:F1} GB/s"));
    }

    private static void CopyInParallel(byte[] from, byte[] to)
    {
        var part = CopiedBytes / Environment.ProcessorCount;
        Parallel.For(0, Environment.ProcessorCount, i => Buffer.BlockCopy(from, i * part, to, i * part, part));
    }

    private static void ReportReading(Report report, int rounds)
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write))
            {
                var values = new byte[FileBytes];
                new Random(2).NextBytes(values);
                RandomAccess.Write(file, values, 0);
            }
            var found = Rounds.Measure(rounds, 1, () => FilePass.Read(path), () => FilePass.ReadInParallel(path));
            report.Add("file from the disk cache, one thread", Numbers.Text($"{FileBytes / found[0].Median / 1e9:F1} GB/s"));
            report.Add(Numbers.Text($"file from the disk cache, {Environment.ProcessorCount} threads"), Numbers.Text($"{FileBytes / found[1].Median / 1e9:F1} GB/s"));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
