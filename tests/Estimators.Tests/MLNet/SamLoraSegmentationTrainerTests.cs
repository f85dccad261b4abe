using Microsoft.ML;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Training;
using TorchSharp;

namespace SAMed.MLNet.Estimators.Tests.MLNet;

[TestFixture]
internal sealed class SamLoraSegmentationTrainerTests
{
    private readonly MLContext _ml = new(seed: 5);

    [Test]
    public void It_is_an_estimator_like_any_other()
    {
        Assert.That(_ml.Segmentation().Trainers.SamLora(TinyRows.Options), Is.InstanceOf<IEstimator<SamSegmentationTransformer>>().And.InstanceOf<IEstimator<ITransformer>>());
    }

    [Test]
    public void It_learns()
    {
        var data = _ml.View(24);
        var reports = new List<TrainingProgress>();
        var options = TinyRows.Options with { Training = TinyRun.Options with { Epochs = 40 }, Progress = new Recorder(reports), ValidationSet = data };
        using var model = new SamLoraSegmentationTrainer(_ml, options).Fit(data);
        Assert.That(reports.Count(report => report.ValidationDice is null), Is.EqualTo(40 * 6));
        Assert.That(model.TrainingResult!.Best!.Value.Dice, Is.GreaterThan(0.5));
        Assert.That(reports[^2].Losses.Total, Is.LessThan(0.5 * reports[0].Losses.Total));
    }

    [TestCase(1)]
    [TestCase(2)]
    public void It_takes_the_same_steps_as_the_trainer_of_the_command_line(int devices)
    {
        // One batch holds all slices, so that their order does not matter; what is left is rounding.
        var training = TinyRun.Options with { Epochs = 3, BatchSize = 24, Augment = false, Seed = 9, Optimizer = OptimizerKind.Sgd };
        using var model = new SamLoraSegmentationTrainer(_ml, TinyRows.Options with { Training = training with { Devices = [.. Enumerable.Repeat("cpu", devices)] } }).Fit(_ml.View(24));
        using var network = SamNetworkOf(training.ResolvedSeed);
        new SegmentationTrainer(network, torch.CPU, training, TinyRun.Preprocessing).Train([.. TinyRun.Slices(24)], Array.Empty<StoredSlice>());
        Assert.That(WeightsOf(model), Is.EqualTo(network.TrainableParameters.SelectMany(pair => pair.Parameter.data<float>().ToArray())).Within(1e-5));
    }

    [Test]
    public void The_seed_of_the_context_decides_the_weights()
    {
        var (first, again, other) = (Weights(new MLContext(3)), Weights(new MLContext(3)), Weights(new MLContext(4)));
        Assert.That(again, Is.EqualTo(first));
        Assert.That(other, Is.Not.EqualTo(first));
    }

    [Test]
    public void A_second_fit_gives_the_same_weights()
    {
        var trainer = new SamLoraSegmentationTrainer(_ml, TinyRows.Options);
        using var first = trainer.Fit(_ml.View(8));
        using var second = trainer.Fit(_ml.View(8));
        Assert.That(WeightsOf(second), Is.EqualTo(WeightsOf(first)));
    }

    private static Modeling.SamNetwork SamNetworkOf(long seed) => Modeling.SamNetwork.Create(TinyRun.Model, TinyRows.Options.Lora, torch.CPU, seed);

    private static float[] Weights(MLContext ml)
    {
        using var model = new SamLoraSegmentationTrainer(ml, TinyRows.Options).Fit(ml.View(8));
        return WeightsOf(model);
    }

    private static float[] WeightsOf(SamSegmentationTransformer model) =>
        model.Read(network => network.TrainableParameters.SelectMany(pair => pair.Parameter.data<float>().ToArray()).ToArray());

    private sealed class Recorder(List<TrainingProgress> reports) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => reports.Add(value);
    }
}
