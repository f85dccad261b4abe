using Microsoft.ML;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Estimators.Tests.Training;

public class TrainingPresetsTests
{
    /// <summary>Slices of the published train.txt.</summary>
    private const int PublishedSlices = 2211;

    [TestCase("samed", "samed_default")]
    [TestCase("samed_s", "samed_default")]
    [TestCase("samed_h", "samed_h")]
    [Category("Golden")]
    public void The_recipe_gives_the_published_learning_rates_for_the_published_data(string preset, string schedule)
    {
        using var golden = NpzFile.Open(TestData.Golden("losses/lr_schedule.npz"));
        var expected = golden[schedule].ToDouble();
        var recipe = TrainingPresets.Resolve(preset).Training;
        var stepsPerEpoch = (PublishedSlices + recipe.BatchSize - 1) / recipe.BatchSize;
        var rates = new LearningRateSchedule(recipe.LearningRate, recipe.WarmupSteps, (long)recipe.ResolvedScheduleEpochs * stepsPerEpoch, recipe.LearningRateExponent);

        Assert.That(recipe.Epochs * stepsPerEpoch, Is.EqualTo(expected.Length));
        Assert.That(Enumerable.Range(0, expected.Length).Select(step => rates.At(step)), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Each_preset_is_usable_and_has_the_published_parts()
    {
        using var several = Assert.EnterMultipleScope();
        foreach (var preset in TrainingPresets.All)
        {
            Assert.That(preset.Training.Validate, Throws.Nothing, preset.Name);
            Assert.That(preset.Model.Validate, Throws.Nothing, preset.Name);
            Assert.That(() => preset.Lora.Validate(preset.Model.Depth), Throws.Nothing, preset.Name);
            Assert.That((preset.Lora.Rank, preset.Training.Optimizer, preset.Training.ResolvedWeightDecay, preset.Training.DiceWeight), Is.EqualTo((4, OptimizerKind.AdamW, 0.1, 0.8)), preset.Name);
            Assert.That((preset.Model.ImageSize, preset.Model.InputSize), Is.EqualTo((512, 224)), preset.Name);
        }
        Assert.That(TrainingPresets.Samed.Model, Is.EqualTo(SamOptions.VitB));
        Assert.That(TrainingPresets.SamedH.Model, Is.EqualTo(SamOptions.VitH));
        Assert.That((TrainingPresets.SamedH.Training.Precision, TrainingPresets.SamedH.Training.AllowTf32), Is.EqualTo((Precision.Bf16, true)), "--use_amp --tf32");
        Assert.That(TrainingPresets.All.Select(preset => preset.Lora.Placement), Is.EqualTo(new[] { LoraPlacement.Encoder, LoraPlacement.EncoderDecoder, LoraPlacement.Encoder }));
    }

    [TestCase("samed", 80, 100)]
    [TestCase("samed_h", 30, 40)]
    [TestCase("samed_h", 10, 14)]
    public void A_shorter_run_keeps_the_proportion_of_its_schedule(string preset, int epochs, int expected) =>
        Assert.That(TrainingPresets.Resolve(preset).ScheduleFor(epochs), Is.EqualTo(expected));

    [Test]
    public void A_preset_goes_into_the_options_of_the_ML_NET_trainer()
    {
        var options = TrainingPresets.SamedS.ApplyTo(new() { SamFile = "sam.pth", Training = new() { Seed = 7, Epochs = 1 } });

        Assert.That(options.Lora.Placement, Is.EqualTo(LoraPlacement.EncoderDecoder));
        Assert.That((options.Training.Seed, options.Training.Epochs, options.Training.BatchSize, options.SamFile), Is.EqualTo((7L, 160, 24, "sam.pth")));
        Assert.That(() => new MLContext(0).Segmentation().Trainers.SamLora(options with { SamFile = null }), Throws.Nothing);
    }

    [Test]
    public void An_unknown_name_lists_the_known_ones() =>
        Assert.That(() => TrainingPresets.Resolve("samed_x"), Throws.ArgumentException.With.Message.Contains("samed, samed_s, samed_h"));
}
