using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Estimators.Training.Replicas;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Tests.Training.Replicas;

/// <summary>Copies of a network that share each batch train what one network with the whole batch trains.</summary>
public sealed class SeveralNetworksTests
{
    // Weights are around 0.1 and move by about 0.01 here. The sums over a batch are taken in another order, and nothing else differs.
    private const double WeightTolerance = 2e-6;

    private static readonly TrainingOptions s_options = TinyRun.Options with { Optimizer = OptimizerKind.Sgd, Epochs = 2, BatchSize = 6 };

    // 14 slices in batches of 6 end with a batch of 2: one of three devices has nothing to do then.
    private static IEnumerable<TestCaseData> Cases()
    {
        yield return new TestCaseData(2, s_options).SetName("Two devices, Dice over the whole batch");
        yield return new TestCaseData(3, s_options).SetName("Three devices, one without a slice in the last batch");
        yield return new TestCaseData(2, s_options with { BatchSize = 5 }).SetName("Two devices with 3 and 2 slices");
        yield return new TestCaseData(2, s_options with { PixelLoss = PixelLoss.Focal, DiceWeight = 0.3 }).SetName("Focal loss");
        yield return new TestCaseData(2, s_options with { BatchSize = 4, AccumulationSteps = 2 }).SetName("Accumulated gradients");
        yield return new TestCaseData(2, s_options with { Checkpointing = true }).SetName("Checkpointing");
    }

    [TestCaseSource(nameof(Cases))]
    public void Weights_equal_those_of_one_network_with_the_whole_batch(int devices, TrainingOptions options)
    {
        var (start, one, shared) = (Weights(options with { Epochs = 1, LearningRate = 1e-30 }), Weights(options), Weights(options with { Devices = Cpus(devices) }));

        foreach (var (name, expected) in one)
        {
            Assert.That(shared[name], Is.EqualTo(expected).Within(WeightTolerance), name);
        }
        var moved = one.Max(pair => pair.Value.Zip(start[pair.Key], (a, b) => Math.Abs(a - b)).Max());
        Assert.That(moved, Is.GreaterThan(500 * WeightTolerance), "weights that hardly move would agree whatever is computed");
    }

    [Test]
    public void AdamW_goes_the_same_way()
    {
        var options = s_options with { Optimizer = OptimizerKind.AdamW, LearningRate = 1e-3, WarmupSteps = 0 };
        var (one, shared) = (Losses(options), Losses(options with { Devices = Cpus(2) }));

        // Losses and not weights: AdamW makes a step of full size of a gradient that is rounding noise alone, as that of the decoder's key biases is.
        Assert.That(shared, Is.EqualTo(one).Within(1e-4));
        Assert.That(one[^1], Is.LessThan(one[0] - 1e-2));
    }

    [Test]
    public void Losses_of_the_first_step_are_those_of_the_whole_batch() =>
        Assert.That(Losses(s_options with { Epochs = 1, Devices = Cpus(3) })[0], Is.EqualTo(Losses(s_options with { Epochs = 1 })[0]).Within(1e-6));

    [Test]
    public void Two_runs_on_the_same_devices_give_the_same_bits()
    {
        var options = TinyRun.Options with { Devices = Cpus(2), Epochs = 2 };
        var (first, second) = (Weights(options), Weights(options));

        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void A_network_that_lies_elsewhere_than_the_first_device_is_refused()
    {
        using var network = TinyRun.Network();

        Assert.That(() => new SegmentationTrainer(network, META, TinyRun.Options with { Devices = Cpus(2) }, TinyRun.Preprocessing), Throws.ArgumentException.With.Message.Contains("first of its devices"));
    }

    [Test]
    public void A_fault_on_one_device_comes_out_as_it_was_and_nothing_goes_on()
    {
        using var network = TinyRun.Network();
        using var source = new SeveralNetworks(network, [CPU, CPU], TinyRun.Options);
        // The second device gets an image that is larger than the network takes.
        using var good = PlacedBatch.Of(Batch(2, TinyRun.ImageSize), TinyRun.ImageSize, TinyRun.Model.LowResSize, [CPU, CPU]);
        using var bad = PlacedBatch.Of(Batch(2, 2 * TinyRun.ImageSize), 2 * TinyRun.ImageSize, TinyRun.Model.LowResSize, [CPU, CPU]);

        Assert.That(() => source.Accumulate(bad, 1, see: null), Throws.ArgumentException.With.Message.Contains("expected"));
        using var losses = source.Accumulate(good, 1, see: null);
        Assert.That(losses.data<float>().ToArray(), Has.All.Positive);
    }

    private static TrainingBatch Batch(int count, int size) =>
        new(new float[count * size * size], new byte[count * TinyRun.Model.LowResSize * TinyRun.Model.LowResSize], count);

    private static string[] Cpus(int count) => [.. Enumerable.Repeat("cpu", count)];

    private static Dictionary<string, float[]> Weights(TrainingOptions options)
    {
        using var network = TinyRun.Network();
        Train(network, options, progress: null);
        return TinyRun.Weights(network);
    }

    private static List<double> Losses(TrainingOptions options)
    {
        using var network = TinyRun.Network();
        var losses = new LossList();
        Train(network, options, losses);
        return losses.Values;
    }

    private static void Train(SamNetwork network, TrainingOptions options, IProgress<TrainingProgress>? progress) =>
        new SegmentationTrainer(network, CPU, options, TinyRun.Preprocessing).Train(TinyRun.Slices(14), [], progress);

    private sealed class LossList : IProgress<TrainingProgress>
    {
        public List<double> Values { get; } = [];

        public void Report(TrainingProgress value) => Values.Add(value.Losses.Total);
    }
}
