using SAMed.MLNet.AsPublished;
using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Bench.Reporting;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>The network against its plain formulation, in turn and in one process, and against the rate of products of matrices of its shapes.</summary>
internal static class ModelSection
{
    private const double WantedForward = 1.5, WantedForwardBf16 = 3, WantedRate = 0.75, WantedAgreement = 0.995, WantedStep = 1.5, WantedStepBf16 = 3;

    public static void Run(BenchOptions options, Report report)
    {
        var device = Devices.Resolve(options.Device);
        using var network = BenchNetwork.Create(options.Model, device);
        var batches = options.Batches ?? (options.Quick ? [1] : [1, 4]);
        // The targets are those of vit_b on a processor.
        var hasTargets = options.Model == "vit_b" && device.type == DeviceType.CPU;
        foreach (var batch in batches)
        {
            Forward(network, device, batch, options, report, hasTargets);
        }
        ReportAgreement(network, device, report, hasTargets);
        foreach (var batch in batches)
        {
            Step(network, device, batch, options, report, hasTargets);
        }
    }

    private static void Forward(SamNetwork network, Device device, int batch, BenchOptions options, Report report, bool hasTargets)
    {
        network.eval();
        var published = AsPublishedSam.Of(network);
        // As prediction of a volume does.
        using var held = network.HoldWeights(trained: true);
        using var images = BenchNetwork.Images(network.Options, batch, device);
        using GemmRate single = GemmRate.OfBlock(network.Options, batch, ScalarType.Float32, device), convolution = GemmRate.OfBlock(network.Options, batch, ScalarType.Float32, device, byConvolution: true);
        using var half = GemmRate.OfBlock(network.Options, batch, ScalarType.BFloat16, device);
        var rounds = options.Repetitions ?? (options.Quick ? 2 : batch == 1 ? 5 : 3);
        var found = Rounds.Measure(rounds, 1, () => Infer(published.LowResLogits), () => InferIn(Precision.Fp32), () => InferIn(Precision.Bf16), single.Run, convolution.Run, half.Run);
        ReportForward(report, batch, batch * Cost.Forward(network.Options), single.Operations, found, hasTargets);

        void InferIn(Precision precision)
        {
            network.Precision = precision;
            Infer(network.LowResLogits);
        }

        void Infer(Func<Tensor, Tensor> logits)
        {
            using var mode = inference_mode();
            logits(images).Dispose();
            TorchClock.Wait(device);
        }
    }

    /// <param name="report">Gets the rows.</param>
    /// <param name="batch">Images at once.</param>
    /// <param name="operations">Of a forward pass.</param>
    /// <param name="products">Operations of the products alone that were measured beside it.</param>
    /// <param name="found">As published, fp32, bf16; then products in fp32 as linear layers and as convolutions, and in bf16.</param>
    /// <param name="hasTargets">Whether the targets are about this network and device.</param>
    private static void ReportForward(Report report, int batch, double operations, double products, Samples[] found, bool hasTargets)
    {
        report.Add($"forward as published, fp32, batch {batch}", found[0].ToString());
        ReportTime("fp32", found[1], WantedForward);
        // Two ceilings: what libtorch gives linear layers in fp32, which the target is about, and what the same products reach in the way in which the network has them done.
        ReportRate("fp32", found[1], "libtorch's fp32 GEMM, by linear layers", found[3], WantedRate);
        ReportRate("fp32", found[1], "the faster fp32 GEMM, by convolutions of one pixel", found[4], wanted: null);
        ReportTime("bf16", found[2], WantedForwardBf16);
        ReportRate("bf16", found[2], "libtorch's bf16 GEMM", found[5], wanted: null);

        void ReportTime(string name, Samples time, double wanted) =>
            report.Add($"forward {name}, batch {batch}", time.ToString(), $"as published, fp32: {Numbers.Seconds(found[0].Median)}", new(found[0].Median / time.Median, RatioUnit.Times, hasTargets ? wanted : null));

        void ReportRate(string name, Samples time, string ceiling, Samples gemm, double? wanted) =>
            report.Add($"forward {name}, batch {batch}, rate over {Numbers.Text($"{operations / 1e9:F1}")} GFLOP against {ceiling}", Numbers.Text($"{operations / time.Median / 1e9:N0} GFLOP/s"),
                Numbers.Text($"GEMM at its shapes: {products / gemm.Median / 1e9:N0} GFLOP/s"), new(operations / time.Median / (products / gemm.Median), RatioUnit.Percent, hasTargets ? wanted : null));
    }

    /// <summary>Labels of a slice that was never trained on, in both formats, with the random weights and again after some training, as networks are that anybody uses.</summary>
    private static void ReportAgreement(SamNetwork network, Device device, Report report, bool hasTargets)
    {
        Compare("random weights", target: null);
        BenchNetwork.Teach(network, device);
        Compare(Numbers.Text($"after {BenchNetwork.TeachingSteps} steps of training"), hasTargets ? WantedAgreement : null);

        void Compare(string weights, double? target)
        {
            using var scope = NewDisposeScope();
            using var mode = inference_mode();
            network.eval();
            var images = BenchNetwork.HeldOutImages(network.Options, 1, device);
            var wanted = AsPublishedSam.Of(network).Forward(images).Masks.argmax(1);
            foreach (var precision in new[] { Precision.Fp32, Precision.Bf16 })
            {
                network.Precision = precision;
                var labels = network.call(images).Masks.argmax(1);
                var equal = labels.eq(wanted);
                var organ = labels.ne(0).logical_or(wanted.ne(0));
                var (same, ofOrgans) = (Share(equal, ones_like(equal)), Share(equal, organ));
                report.Add($"label map in {Name(precision)}, {weights}",
                    Numbers.Text($"{same * 100:F2} % of the voxels agree, {ofOrgans * 100:F2} % of the {Share(organ, ones_like(organ)) * 100:F0} % that are an organ in either"), "as published, fp32",
                    new(same, RatioUnit.Percent, target));
            }
        }
    }

    /// <summary>The share of <paramref name="among"/> that is <paramref name="part"/>.</summary>
    private static double Share(Tensor part, Tensor among) => part.logical_and(among).sum().ToDouble() / Math.Max(1, among.sum().ToDouble());

    private static void Step(SamNetwork network, Device device, int batch, BenchOptions options, Report report, bool hasTargets)
    {
        network.train();
        var published = AsPublishedSam.Of(network);
        using var step = new TrainingStep(network, batch, device);
        var rounds = options.Repetitions ?? (options.Quick || batch > 1 ? 1 : 3);
        var found = Rounds.Measure(rounds, 1,
            () => step.Run(published.LowResLogits, PublishedLoss.CrossEntropyDice), () => step.Run(Precision.Fp32), () => step.Run(Precision.Bf16));
        var (plain, operations) = (found[0], batch * Cost.TrainingStep(network.Options));
        report.Add($"training step as published, fp32, batch {batch}", plain.ToString());
        foreach (var (name, time, wanted) in new[] { ("fp32", found[1], WantedStep), ("bf16", found[2], WantedStepBf16) })
        {
            report.Add($"training step {name}, batch {batch}", $"{time}, {Numbers.Text($"{operations / time.Median / 1e9:N0}")} GFLOP/s over {Numbers.Text($"{operations / 1e9:F0}")} GFLOP",
                $"as published, fp32: {Numbers.Seconds(plain.Median)}", new(plain.Median / time.Median, RatioUnit.Times, hasTargets ? wanted : null));
        }
    }

    private static string Name(Precision precision) => precision == Precision.Bf16 ? "bf16" : "fp32";
}
