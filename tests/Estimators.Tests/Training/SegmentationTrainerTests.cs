using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Tests.Training;

public class SegmentationTrainerTests
{
    [TestCase(Precision.Fp32)]
    [TestCase(Precision.Bf16)]
    public void A_network_that_is_not_float32_is_refused_with_what_to_do(Precision precision)
    {
        using var network = TinyRun.Network(trainEncoder: false);
        network.to(ScalarType.Float64);

        Assert.That(() => new SegmentationTrainer(network, CPU, TinyRun.Options with { Precision = precision }, TinyRun.Preprocessing),
            Throws.ArgumentException.With.Message.Contains("Float64").And.Message.Contains("to(ScalarType.Float32)"));
    }

    [Test]
    public void Learns_a_simple_scene()
    {
        using var network = TinyRun.Network();
        var slices = TinyRun.Slices(24);
        var trainer = new SegmentationTrainer(network, CPU, TinyRun.Options with { Epochs = 40, ScheduleEpochs = 40, Augment = false, ValidateEvery = 40 }, TinyRun.Preprocessing);

        var result = trainer.Train(slices, slices);

        Assert.That(result.Best!.Value.Dice, Is.GreaterThan(0.75));
        Assert.That(result.Steps, Is.EqualTo(40 * 6));
    }

    [Test]
    public void The_number_of_workers_changes_nothing()
    {
        var one = Train(TinyRun.Options with { Workers = 1 });
        var four = Train(TinyRun.Options with { Workers = 4 });

        Assert.That(four, Is.EqualTo(one));
    }

    [Test]
    public void Another_seed_gives_other_weights() =>
        Assert.That(Train(TinyRun.Options with { Seed = 99 }), Is.Not.EqualTo(Train(TinyRun.Options)));

    [TestCase(1, 5, Description = "one slice per step")]
    [TestCase(4, 5, Description = "a last batch of one")]
    public void A_batch_of_one_trains(int batchSize, int slices)
    {
        using var network = TinyRun.Network();
        var trainer = new SegmentationTrainer(network, CPU, TinyRun.Options with { BatchSize = batchSize, Epochs = 1 }, TinyRun.Preprocessing);

        var result = trainer.Train(TinyRun.Slices(slices), []);

        Assert.That(result.Steps, Is.EqualTo((slices + batchSize - 1) / batchSize));
        Assert.That(double.IsFinite(result.LastLosses.Total));
    }

    [Test]
    public void Accumulated_cross_entropy_gradients_equal_those_of_the_larger_batch()
    {
        // Dice pools over the batch, so only the cross entropy is the same; five slices make the parts unequal.
        var options = TinyRun.Options with { Epochs = 1, DiceWeight = 0, Optimizer = OptimizerKind.Sgd, WarmupSteps = 0, Augment = false };
        var whole = Train(options with { BatchSize = 5 }, slices: 5);
        var parts = Train(options with { BatchSize = 2, AccumulationSteps = 3 }, slices: 5);

        foreach (var (name, expected) in whole)
        {
            Assert.That(parts[name], Is.EqualTo(expected).Within(1e-5), name);
        }
    }

    [Test]
    public void A_loss_that_is_not_finite_stops_with_the_step_and_advice()
    {
        using var network = TinyRun.Network();
        var slices = TinyRun.Slices(8);
        slices[5].Image[10] = float.NaN;
        var trainer = new SegmentationTrainer(network, CPU, TinyRun.Options, TinyRun.Preprocessing);

        Assert.That(() => trainer.Train(slices, []), Throws.TypeOf<TrainingDivergedException>().With.Message.Contains("NaN").And.Message.Contains("--lr"));
    }

    [Test]
    public void Early_stopping_ends_after_patience()
    {
        using var network = TinyRun.Network();
        // A learning rate of almost nothing cannot improve.
        var trainer = new SegmentationTrainer(network, CPU, TinyRun.Options with { Epochs = 20, LearningRate = 1e-12, EarlyStoppingPatience = 2 }, TinyRun.Preprocessing);

        var result = trainer.Train(TinyRun.Slices(8), TinyRun.Slices(6, "held"));

        Assert.That(result.StoppedEarly);
        Assert.That(result.Epochs, Is.EqualTo(3));
    }

    [Test]
    public void No_slices_is_an_error()
    {
        using var network = TinyRun.Network();

        Assert.That(() => new SegmentationTrainer(network, CPU, TinyRun.Options, TinyRun.Preprocessing).Train([], []), Throws.ArgumentException);
    }

    [Test]
    public void A_thousand_steps_do_not_grow_memory()
    {
        using var network = TinyRun.Network();
        var slices = TinyRun.Slices(8);
        var trainer = new SegmentationTrainer(network, CPU, TinyRun.Options with { BatchSize = 8, Epochs = 1200, ScheduleEpochs = 1200, LearningRate = 1e-3 }, TinyRun.Preprocessing);
        var watch = new MemoryWatch(fromStep: 200);

        trainer.Train(slices, [], watch);

        // 1,000 steps of leaked activations would be gigabytes; the allocator's own noise is a few megabytes.
        Assert.That(watch.GrowthBytes / (1024.0 * 1024), Is.LessThan(32));
        Assert.That(watch.TensorGrowth, Is.LessThan(50));
    }

    private static Dictionary<string, float[]> Train(TrainingOptions options, int slices = 10)
    {
        using var network = TinyRun.Network();
        new SegmentationTrainer(network, CPU, options, TinyRun.Preprocessing).Train(TinyRun.Slices(slices), []);
        return TinyRun.Weights(network);
    }

    private sealed class MemoryWatch(int fromStep) : IProgress<TrainingProgress>
    {
        private long _firstBytes;
        private long _lastBytes;
        private long _firstTensors;
        private long _lastTensors;

        public long GrowthBytes => _lastBytes - _firstBytes;

        public long TensorGrowth => _lastTensors - _firstTensors;

        public void Report(TrainingProgress value)
        {
            if (value.Step % 200 != 0 || value.Step < fromStep)
            {
                return;
            }
            GC.Collect();
            GC.WaitForPendingFinalizers();
            using var process = System.Diagnostics.Process.GetCurrentProcess();
            (_lastBytes, _lastTensors) = (process.WorkingSet64, Tensor.TotalCount);
            if (value.Step == fromStep)
            {
                (_firstBytes, _firstTensors) = (_lastBytes, _lastTensors);
            }
        }
    }
}
