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
            ReportRates(report, $"the shapes of {options.ModelName}, batch {batch}", rounds, (type, byConvolution) => GemmRate.OfBlock(model, batch, type, device, byConvolution));
        }
        ReportRates(report, Numbers.Text($"{Square} × {Square} × {Square}"), Math.Min(rounds, 5), (type, byConvolution) => GemmRate.OfSquare(Square, type, device, byConvolution));
        ReportCopies(report, rounds);
        ReportReading(report, rounds);
    }

    private static void ReportRates(Report report, string shapes, int rounds, Func<ScalarType, bool, GemmRate> products)
    {
        using GemmRate single = products(ScalarType.Float32, false), convolution = products(ScalarType.Float32, true), half = products(ScalarType.BFloat16, false);
        var found = Rounds.Measure(rounds, 2, single.Run, convolution.Run, half.Run);
        foreach (var (name, gemm, time) in new[] { ("fp32 by linear layers", single, found[0]), ("fp32 by convolutions of one pixel", convolution, found[1]), ("bf16", half, found[2]) })
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
