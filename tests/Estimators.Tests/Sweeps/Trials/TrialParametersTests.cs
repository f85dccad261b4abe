using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Losses;
using SAMed.MLNet.Modeling.Sam;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Tests.Sweeps.Trials;

/// <summary>What the names of a search space do to a run.</summary>
public class TrialParametersTests
{
    private static readonly TrainingRunOptions s_base = new() { Data = "d", Output = "o", Model = SamOptions.VitB, Labels = LabelTable.Synapse, Preprocessing = new() { ImageSize = 512 } };

    private static TrainingRunOptions Apply(params (string Name, object Value)[] values) =>
        TrialParameters.Apply(s_base, new(values.Select(pair => KeyValuePair.Create(pair.Name, pair.Value))), seed: 3);

    private static readonly (string Name, object Value, Func<TrainingRunOptions, object?> Read, object? Expected)[] s_cases =
    [
        ("rank", 16, run => run.Lora.Rank, 16),
        ("rank", 8.0, run => run.Lora.Rank, 8),
        ("layers", "6-8", run => string.Join(' ', run.Lora.Layers!), "6 7 8"),
        ("layers", 11L, run => string.Join(' ', run.Lora.Layers!), "11"),
        ("layers", "all", run => run.Lora.Layers, null),
        ("placement", "encoder+decoder", run => run.Lora.Placement, LoraPlacement.EncoderDecoder),
        ("placement", LoraPlacement.None, run => run.Lora.Placement, LoraPlacement.None),
        ("trainEncoder", true, run => run.Lora.TrainEncoder, true),
        ("lr", 1e-4, run => run.Training.LearningRate, 1e-4),
        ("lr", 1L, run => run.Training.LearningRate, 1.0),
        ("lrExponent", 7, run => run.Training.LearningRateExponent, 7.0),
        ("warmup", 0, run => run.Training.WarmupSteps, 0),
        ("epochs", 20, run => run.Training.Epochs, 20),
        ("batchSize", 6, run => run.Training.BatchSize, 6),
        ("accumulate", 2, run => run.Training.AccumulationSteps, 2),
        ("optimizer", "sgd", run => run.Training.Optimizer, OptimizerKind.Sgd),
        ("weightDecay", 0.0, run => run.Training.WeightDecay, 0.0),
        ("diceWeight", 0.5, run => run.Training.DiceWeight, 0.5),
        ("pixelLoss", "focal", run => run.Training.PixelLoss, PixelLoss.Focal),
        ("pixelLoss", "CrossEntropy", run => run.Training.PixelLoss, PixelLoss.CrossEntropy),
        ("lowResLabels", "paper", run => run.Training.LowResLabels, LowResLabels.Paper),
        ("precision", "bf16", run => run.Training.Precision, Precision.Bf16),
        ("augment", false, run => run.Training.Augment, false),
        ("augmentationSet", 8, run => run.Training.AugmentationSet, 8),
    ];

    [Test]
    public void Every_name_sets_its_option_and_the_seed_is_the_trials()
    {
        Assert.That(s_cases.Select(entry => entry.Name).Distinct(), Is.EquivalentTo(TrialParameters.Names), "every name is tried");
        Assert.Multiple(() =>
        {
            foreach (var (name, value, read, expected) in s_cases)
            {
                var run = Apply((name, value));
                Assert.That(read(run), Is.EqualTo(expected), name);
                Assert.That(run.Training.Seed, Is.EqualTo(3));
            }
        });
    }

    [TestCase("alpha", 1, "expected one of rank, layers")]
    [TestCase("rank", "four", "rank: expected a whole number, got 'four'")]
    [TestCase("rank", 2.5, "rank: expected a whole number, got 2.5")]
    [TestCase("rank", 769, "at most 768, the width of the image encoder")]
    [TestCase("rank", 0, "rank is 0")]
    [TestCase("lr", true, "lr: expected a number, got true")]
    [TestCase("lr", -1.0, "LearningRate must be above 0")]
    [TestCase("layers", "6-12", "layers: expected encoder blocks such as 6-11")]
    [TestCase("placement", "decoder", "placement: expected encoder or encoder+decoder or none, got 'decoder'")]
    [TestCase("augment", "yes", "augment: expected true or false")]
    [TestCase("precision", 1, "precision: expected fp32 or bf16, got 1")]
    public void A_name_or_value_that_cannot_be_is_told(string name, object value, string message) =>
        Assert.That(() => Apply((name, value)), Throws.TypeOf<TrialSpecException>().With.Message.Contains(message));

    [Test]
    public void All_faults_of_a_point_are_told_at_once()
    {
        var fault = Assert.Throws<TrialSpecException>(() => Apply(("rank", "x"), ("alpha", 1), ("lr", "y")));

        Assert.That(fault!.Faults.Select(found => found.Field), Is.EqualTo(new[] { "rank", "alpha", "lr" }));
    }
}
