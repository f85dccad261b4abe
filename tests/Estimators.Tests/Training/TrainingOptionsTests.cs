using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Estimators.Tests.Training;

public class TrainingOptionsTests
{
    [Test]
    public void Defaults_are_the_published_recipe()
    {
        var options = new TrainingOptions();

        Assert.Multiple(() =>
        {
            Assert.That(options.Epochs, Is.EqualTo(160));
            Assert.That(options.ResolvedScheduleEpochs, Is.EqualTo(200));
            Assert.That(options.BatchSize, Is.EqualTo(12));
            Assert.That(options.LearningRate, Is.EqualTo(0.005));
            Assert.That(options.WarmupSteps, Is.EqualTo(250));
            Assert.That(options.Optimizer, Is.EqualTo(OptimizerKind.AdamW));
            Assert.That(options.ResolvedWeightDecay, Is.EqualTo(0.1));
            Assert.That((options with { Optimizer = OptimizerKind.Sgd }).ResolvedWeightDecay, Is.EqualTo(1e-4));
            Assert.That(options.DiceWeight, Is.EqualTo(0.8));
            Assert.That(options.ResolvedSeed, Is.EqualTo(1234));
            Assert.That(options.Validate, Throws.Nothing);
        });
    }

    [Test]
    public void Every_fault_is_reported_at_once()
    {
        var options = new TrainingOptions { Epochs = 0, BatchSize = -1, LearningRate = double.NaN, DiceWeight = 1.5, EarlyStoppingPatience = 0 };

        Assert.That(options.Validate, Throws.ArgumentException.With.Message.Contains("Epochs").And.Message.Contains("BatchSize")
            .And.Message.Contains("LearningRate").And.Message.Contains("DiceWeight").And.Message.Contains("EarlyStoppingPatience"));
    }
}
