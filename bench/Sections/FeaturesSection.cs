using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Bench.Reporting;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Losses;
using SAMed.MLNet.Modeling.Runtime;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>A training step with LoRA in the upper half of the encoder: without gradients below it, and with the features of the lower half at hand, as the feature cache gives them.</summary>
internal static class FeaturesSection
{
    private const int Together = 4;

    public static void Run(BenchOptions options, Report report)
    {
        var device = Devices.Resolve(options.Device);
        using var whole = BenchNetwork.Create(options.Model, device);
        var depth = whole.Options.Depth;
        using var upper = BenchNetwork.Create(options.Model, device, new LoraOptions { Layers = [.. Enumerable.Range(depth / 2, depth - (depth / 2))] });
        var rounds = options.Repetitions ?? (options.Quick ? 1 : 3);
        foreach (var batch in options.Batches ?? [1])
        {
            foreach (var precision in new[] { Precision.Fp32, Precision.Bf16 })
            {
                Step(whole, upper, batch, precision, device, rounds, report);
            }
        }
        Frozen(upper, device, rounds, report);
    }

    private static void Step(SamNetwork whole, SamNetwork upper, int batch, Precision precision, Device device, int rounds, Report report)
    {
        using TrainingStep everywhere = new(whole, batch, device), half = new(upper, batch, device);
        using var images = BenchNetwork.Images(upper.Options, batch, device);
        upper.Precision = precision;
        using var features = upper.FrozenFeatures(images);
        var found = Rounds.Measure(rounds, 1, () => everywhere.Run(precision), () => half.Run(precision),
            () => half.Run(_ => upper.LowResLogitsFrom(features), (logits, labels, weight) => CrossEntropyDice.Compute(logits, labels, weight).Total));
        var name = $"training step {(precision == Precision.Bf16 ? "bf16" : "fp32")}, batch {batch}";
        report.Add($"{name}, LoRA in every block", found[0].ToString());
        var against = $"LoRA in every block: {Numbers.Seconds(found[0].Median)}";
        report.Add($"{name}, LoRA in the upper half", found[1].ToString(), against, new(found[0].Median / found[1].Median, RatioUnit.Times, null));
        report.Add($"{name}, LoRA in the upper half, features of the lower from the cache", found[2].ToString(), against, new(found[0].Median / found[2].Median, RatioUnit.Times, null));
    }

    /// <summary>On the CPU the trainer computes frozen features slice by slice, so that they do not depend on what else is in the batch.</summary>
    private static void Frozen(SamNetwork upper, Device device, int rounds, Report report)
    {
        using var images = BenchNetwork.Images(upper.Options, Together, device);
        upper.Precision = Precision.Bf16;
        var found = Rounds.Measure(rounds, 1, () =>
        {
            upper.FrozenFeatures(images).Dispose();
            TorchClock.Wait(device);
        }, () =>
        {
            for (var i = 0; i < Together; i++)
            {
                using var one = images.narrow(0, i, 1);
                upper.FrozenFeatures(one).Dispose();
            }
            TorchClock.Wait(device);
        });
        report.Add($"lower half without gradients, bf16, {Together} slices together", found[0].ToString());
        report.Add("the same, slice by slice", found[1].ToString(), $"together: {Numbers.Seconds(found[0].Median)}", new(found[0].Median / found[1].Median, RatioUnit.Times, null));
    }
}
