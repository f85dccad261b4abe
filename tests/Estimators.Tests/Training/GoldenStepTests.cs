using System.Text.Json;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Estimators.Training.Replicas;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Tests.Training;

/// <summary>The trainer's own optimisers, learning rates and steps against three steps of the reference.</summary>
[Category("Golden")]
public sealed class GoldenStepTests
{
    private const double LossTolerance = 2e-6;

    // The key biases of the decoder's attention have no gradient but rounding noise, which AdamW makes as large as the learning rate.
    [TestCase("tiny_samed", "adamw", OptimizerKind.AdamW, 2e-6, 2e-6)]
    [TestCase("tiny_samed", "adamw_fast", OptimizerKind.AdamW, 5e-5, 1e-2)]
    [TestCase("tiny_samed", "sgd", OptimizerKind.Sgd, 2e-6, 2e-6)]
    [TestCase("tiny_samed_s", "adamw", OptimizerKind.AdamW, 2e-6, 2e-6)]
    [TestCase("tiny_samed_s", "adamw_fast", OptimizerKind.AdamW, 5e-5, 1e-2)]
    public void Three_steps_equal_the_reference(string folder, string run, OptimizerKind optimizer, double tolerance, double keyBiasTolerance)
    {
        using var golden = NpzFile.Open(TestData.Golden($"{folder}/train3_{run}.npz"));
        using var after = NpzFile.Open(TestData.Golden($"{folder}/params_after3_{run}.npz"));
        using var network = Network(folder);

        Train(network, golden, Batches(folder), optimizer);

        Assert.That(network.TrainableParameters.Select(named => named.Name), Is.EquivalentTo(after.Names.Select(SamedNames.Canonical).Distinct()).And.Not.Empty);
        using var several = Assert.EnterMultipleScope();
        foreach (var (name, parameter) in network.TrainableParameters)
        {
            var largest = parameter.detach().data<float>().ToArray().Zip(after[SamedNames.In(after.Names, name)].ToSingle(), (got, expected) => Math.Abs((double)got - expected)).Max();
            Assert.That(largest, Is.LessThanOrEqualTo(name.EndsWith("k_proj.bias", StringComparison.Ordinal) ? keyBiasTolerance : tolerance), name);
        }
    }

    private static void Train(SamNetwork network, NpzFile golden, TrainingBatch[] batches, OptimizerKind kind)
    {
        var schedule = new LearningRateSchedule(Scalar(golden, "base_lr"), golden.Contains("warmup_period") ? (int)Scalar(golden, "warmup_period") : 0,
            (long)Scalar(golden, "max_iterations"), new TrainingOptions().LearningRateExponent);
        var trainer = new SegmentationTrainer(network, CPU,
            new() { Optimizer = kind, LearningRate = schedule.BaseLearningRate, WarmupSteps = schedule.WarmupSteps, DiceWeight = Scalar(golden, "dice_weight") },
            new() { ImageSize = network.Options.ImageSize });
        using var source = trainer.CreateSource();
        using var optimizer = trainer.CreateOptimizer(source.Parameters);
        var trainingStep = new TrainingStep(source, optimizer);
        var rates = golden["lr_used"].ToDouble();
        Assert.That(batches, Has.Length.EqualTo(rates.Length).And.Not.Empty);
        for (var step = 0; step < batches.Length; step++)
        {
            Assert.That(schedule.At(step), Is.EqualTo(rates[step]).Within(1e-12), $"rate of step {step}");
            using var batch = PlacedBatch.Of(batches[step], network.Options.ImageSize, network.Options.LowResSize, [CPU]);
            var losses = trainingStep.Run([batch], schedule.At(step), step);
            Assert.That(losses.Total, Is.EqualTo(golden["loss"].ToDouble()[step]).Within(LossTolerance), $"loss of step {step}");
            Assert.That(losses.CrossEntropy, Is.EqualTo(golden["loss_ce"].ToDouble()[step]).Within(LossTolerance), $"cross entropy of step {step}");
            Assert.That(losses.Dice, Is.EqualTo(golden["loss_dice"].ToDouble()[step]).Within(LossTolerance), $"Dice of step {step}");
        }
    }

    /// <summary>The batches of all three runs: images [steps, B, 1, S, S], labels [steps, B, L, L].</summary>
    private static TrainingBatch[] Batches(string folder)
    {
        using var file = NpzFile.Open(TestData.Golden($"{folder}/train3_adamw.npz"));
        var (steps, count) = (file["inputs"].Shape[0], file["inputs"].Shape[1]);
        Assert.That(file["inputs"].Shape[2], Is.EqualTo(1), "channels: the network repeats the grey one");
        var images = file["inputs"].ToSingle().Chunk(file["inputs"].Length / steps);
        var labels = file["low_res_labels"].ToInt64().Select(id => checked((byte)id)).Chunk(file["low_res_labels"].Length / steps);
        return [.. images.Zip(labels, (image, label) => new TrainingBatch(image, label, count))];
    }

    /// <summary>The network of config.json with every weight of model_state.pth, by name.</summary>
    private static SamNetwork Network(string folder)
    {
        var config = TestData.Golden($"{folder}/config.json");
        var weights = TestData.Golden($"{folder}/model_state.pth");
        using var json = JsonDocument.Parse(File.ReadAllText(config));
        var lora = new LoraOptions { Rank = json.RootElement.GetProperty("lora_rank").GetInt32(), Placement = LoraPlacements.Parse(json.RootElement.GetProperty("lora_placement").GetString()!) };
        var network = SamNetwork.Create(SamOptions.FromJsonFile(config), lora, CPU, seed: 1);
        using var file = TensorFile.Read(weights);
        using var mode = no_grad();
        var state = network.state_dict();
        Assert.That(state.Keys, Is.EquivalentTo(file.Names.Where(name => !SamedNames.IsAlias(name))));
        foreach (var (name, tensor) in state)
        {
            tensor.copy_(file[name]);
        }
        return network;
    }

    private static double Scalar(NpzFile golden, string name) => golden[name].ToDouble().Single();
}
