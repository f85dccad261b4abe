using System.Globalization;
using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Bench.Reporting;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>Peak memory of training steps at 512×512 on the CPU, for each precision with and without checkpointing. Every setting runs in a process of its own.</summary>
internal static class MemorySection
{
    private const double WantedKept = 3.5e9, WantedCheckpointed = 2e9, Reference = 7.4e9;
    private const int TargetBatch = 4;

    public static void Run(BenchOptions options, Report report)
    {
        // vit_h at the batch that fits a desktop, the way one would train it there.
        var isLarge = options.Model == "vit_h";
        foreach (var batch in options.Batches ?? (isLarge || options.Quick ? [1] : [TargetBatch]))
        {
            foreach (var precision in new[] { "fp32", "bf16" })
            {
                foreach (var activations in isLarge ? new[] { "checkpointed" } : ["kept", "checkpointed"])
                {
                    Measure(options.Model, batch, precision, activations, options.Repetitions ?? 2, report);
                }
            }
        }
    }

    private static void Measure(string model, int batch, string precision, string activations, int steps, Report report)
    {
        var found = OwnProcess.Probe("memory", model, batch.ToString(CultureInfo.InvariantCulture), precision, activations, steps.ToString(CultureInfo.InvariantCulture));
        var hasTarget = model == "vit_b" && batch == TargetBatch;
        report.Add($"{Path.GetFileNameWithoutExtension(model)}, batch {batch}, {precision}, activations {activations}",
            $"{Numbers.Bytes(found["peak"])}, {Numbers.Bytes(found["before"])} of them before the first step; {Numbers.Seconds(found["step"])} a step",
            hasTarget ? $"the reference: {Numbers.Bytes(Reference)}" : "",
            new(found["peak"], RatioUnit.Gigabytes, !hasTarget ? null : activations == "kept" ? WantedKept : WantedCheckpointed, AtLeast: false));
    }
}
