using System.Globalization;
using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Bench.Reporting;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>Slices per second at rising batches until memory ends: what a GPU gives at its best batch. Every batch runs in a process of its own, so that its memory is its alone.</summary>
internal static class SweepSection
{
    private const double WantedInference = 0.40, WantedTraining = 0.30;
    private const int MostOnCpu = 4, MostOnGpu = 1024, TargetBatch = 16, Killed = 128 + 9;

    public static void Run(BenchOptions options, Report report)
    {
        var measured = false;
        string[] precisions = options.Quick ? ["bf16"] : ["bf16", "fp32"];
        foreach (var (pass, wanted) in new[] { ("inference", WantedInference), ("training", WantedTraining) })
        {
            foreach (var precision in precisions)
            {
                var best = Rise(options, report, pass, precision, options.Batches ?? Doubling(options.IsGpu ? MostOnGpu : MostOnCpu));
                measured |= best is not null;
                if (best is { } found)
                {
                    var hasTarget = options.IsGpu && precision == "bf16" && options.Model == "vit_b";
                    report.Add($"{pass} {precision}, best batch: {found.Batch}", Numbers.Text($"{found.Rate:F1} slices/s"), "GEMM at its shapes", new(found.Share, RatioUnit.Percent, hasTarget ? wanted : null));
                }
            }
        }
        if (!measured)
        {
            throw new InvalidOperationException($"Not one batch of {options.ModelName} could be measured on {options.Device}.");
        }
    }

    /// <summary>Why a batch gave nothing. Whatever it was, it ends the rise of this pass alone.</summary>
    internal static string EndOf(int exitCode) => exitCode switch
    {
        0 => "memory ends here",
        Killed => "killed, as the system does where memory ends",
        _ => Numbers.Text($"failed with exit code {exitCode}"),
    };

    private static IReadOnlyList<int> Doubling(int most) => [.. Enumerable.Range(0, 31).Select(power => 1 << power).TakeWhile(batch => batch <= most)];

    /// <summary>The batch that gives most; the targets are about large ones where they fit. Null when not even the first fits.</summary>
    private static (int Batch, double Rate, double Share)? Rise(BenchOptions options, Report report, string pass, string precision, IReadOnlyList<int> batches)
    {
        List<(int Batch, double Rate, double Share)> all = [];
        foreach (var batch in batches)
        {
            var text = batch.ToString(CultureInfo.InvariantCulture);
            var found = OwnProcess.TryProbe(["sweep", options.Model, options.Device, text, pass, precision, Numbers.Text($"{options.Repetitions ?? (options.Quick ? 2 : 5)}")], out var exitCode);
            if (found is null || !found.TryGetValue("step", out var seconds))
            {
                report.Add($"{pass} {precision}, batch {text}", EndOf(exitCode));
                break;
            }
            var share = found["operations"] / seconds / found["gemm"];
            all.Add((batch, batch / seconds, share));
            report.Add($"{pass} {precision}, batch {text}", Numbers.Text($"{batch / seconds:F1} slices/s, {Numbers.Seconds(seconds)} a batch, {Numbers.Bytes(found["memory"])}"),
                Numbers.Text($"GEMM at its shapes: {found["gemm"] / 1e9:N0} GFLOP/s"), new(share, RatioUnit.Percent));
        }
        return all.Count == 0 ? null : all.Where(one => one.Batch >= TargetBatch || all[^1].Batch < TargetBatch).MaxBy(one => one.Rate);
    }
}
