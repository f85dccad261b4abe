using System.Text.Json;
using SAMed.MLNet.Cli.Tests.Support;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>SAMed, SAMed_s and no LoRA through train and predict, and what happens when a file of one meets the options of another.</summary>
[TestFixture]
public class PlacementTests
{
    private TinyScene _scene = null!;

    [OneTimeSetUp]
    public void Train()
    {
        _scene = new TinyScene();
        _scene.MustTrain("samed", "--epochs", "1");
        _scene.MustTrain("samed_s", "--epochs", "1", "--placement", "encoder+decoder");
    }

    [OneTimeTearDown]
    public void TearDown() => _scene.Dispose();

    [TestCase("samed", CheckpointKind.SamedLora)]
    [TestCase("samed_s", CheckpointKind.SamedSLora)]
    public void The_written_file_is_of_the_placement_and_predicts(string run, CheckpointKind kind)
    {
        Assert.That(CheckpointInspector.Inspect(_scene.File($"{run}/best.pth")).Kind, Is.EqualTo(kind));
        Predicts(run);
    }

    [TestCase("true", CheckpointKind.Sam)]
    [TestCase("false", CheckpointKind.Decoder)]
    public void Without_LoRA_the_decoder_and_if_wished_the_encoder_are_trained_and_predict(string trainEncoder, CheckpointKind kind)
    {
        var run = $"none-{trainEncoder}";
        _scene.MustTrain(run, "--epochs", "1", "--placement", "none", "--train-encoder", trainEncoder);

        Assert.That(CheckpointInspector.Inspect(_scene.File($"{run}/best.pth")).Kind, Is.EqualTo(kind));
        Predicts(run);
    }

    [TestCase("samed", "encoder+decoder", "a SAMed LoRA file", "choose --placement encoder ")]
    [TestCase("samed_s", "encoder", "a SAMed_s LoRA file", "choose --placement encoder+decoder ")]
    public void A_file_of_the_other_placement_is_named_in_train_and_predict(string run, string placement, string what, string advice)
    {
        var trained = CliRun.Of(_scene.Train("wrong", "--placement", placement, "--lora", _scene.File($"{run}/best.pth")));
        var predicted = CliRun.Of(_scene.Predict(run, "wrong.nii.gz", "--placement", placement));

        Assert.That(trained.ExitCode, Is.Not.Zero.And.EqualTo(predicted.ExitCode));
        Assert.That(trained.Error, Does.Contain(what).And.Contain(advice));
        Assert.That(predicted.Error, Does.Contain(what).And.Contain(advice));
        Assert.That(Directory.Exists(_scene.File("wrong")) || File.Exists(_scene.File("wrong.nii.gz")), Is.False, "nothing is written");
    }

    [Test]
    public void A_file_goes_on_in_training_of_its_own_placement()
    {
        _scene.MustTrain("more", "--epochs", "1", "--placement", "encoder+decoder", "--lora", _scene.File("samed_s/best.pth"));

        Assert.That(CheckpointInspector.Inspect(_scene.File("more/best.pth")).Kind, Is.EqualTo(CheckpointKind.SamedSLora));
    }

    [Test]
    public void SAMed_s_from_random_weights_says_that_the_decoders_transformer_stays_random()
    {
        var run = CliRun.Of("train", "--data", _scene.Data, "--model", _scene.Model, "--output", _scene.File("random"), "--rank", "2", "--epochs", "1", "--device", "cpu", "--placement", "encoder+decoder");

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Error, Does.Contain("transformer stay frozen at random values"));
        Assert.That(CliRun.Of("predict", "--input", _scene.NewImage, "--lora", _scene.File("random/best.pth"), "--output", _scene.File("random.nii.gz")).ExitCode, Is.Zero);
    }

    [Test]
    public void A_preset_fills_what_is_left_open_and_is_recorded()
    {
        _scene.MustTrain("preset", "--preset", "samed_h", "--rank", "3", "--epochs", "2");
        _scene.MustTrain("preset_s", "--preset", "samed_s", "--epochs", "1");

        var (huge, small) = (RunOf("preset"), RunOf("preset_s"));
        var training = huge.GetProperty("training");
        using var several = Assert.EnterMultipleScope();
        Assert.That(huge.GetProperty("preset").GetString(), Is.EqualTo("samed_h"));
        Assert.That(training.GetProperty("learningRateExponent").GetDouble(), Is.EqualTo(7), "the preset's");
        Assert.That(training.GetProperty("scheduleEpochs").GetInt32(), Is.EqualTo(3), "2 of 3 as 300 of 400, rounded up");
        Assert.That(training.GetProperty("batchSize").GetInt32(), Is.EqualTo(4), "the command line's");
        Assert.That(huge.GetProperty("lora").GetProperty("rank").GetInt32(), Is.EqualTo(3), "the command line's");
        Assert.That(huge.GetProperty("model").GetProperty("depth").GetInt32(), Is.EqualTo(TinyScene.Options.Depth), "the command line's");
        Assert.That(small.GetProperty("lora").GetProperty("placement").GetString(), Is.EqualTo("EncoderDecoder"));
    }

    [Test]
    public void Loss_label_grid_and_TF32_can_be_chosen_and_are_recorded()
    {
        var run = CliRun.Of(_scene.Train("extras", "--epochs", "1", "--loss", "focal", "--low-res-labels", "paper", "--tf32", "--picture-every", "1"));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Error, Does.Contain("TF32").And.Contain("cpu it changes nothing"));
        var training = RunOf("extras").GetProperty("training");
        using var several = Assert.EnterMultipleScope();
        Assert.That(training.GetProperty("pixelLoss").GetString(), Is.EqualTo("Focal"));
        Assert.That(training.GetProperty("lowResLabels").GetString(), Is.EqualTo("Paper"));
        Assert.That(training.GetProperty("allowTf32").GetBoolean(), Is.True);
        Assert.That(FirstLoss("extras"), Is.Not.EqualTo(FirstLoss("samed")), "the first loss, before any step");
    }

    [TestCase("--loss", "focal")]
    [TestCase("--low-res-labels", "paper")]
    public void Each_choice_changes_what_is_learned(string option, string value)
    {
        _scene.MustTrain($"with{option}", "--epochs", "1", option, value);

        Assert.That(FirstLoss($"with{option}"), Is.Not.EqualTo(FirstLoss("samed")));
    }

    [Test]
    public void An_unknown_preset_or_placement_lists_the_known_ones()
    {
        Assert.That(CliRun.Of(_scene.Train("x", "--preset", "samed_x")).Error, Does.Contain("samed_s"));
        Assert.That(CliRun.Of(_scene.Train("x", "--placement", "decoder")).Error, Does.Contain("encoder+decoder"));
    }

    private void Predicts(string run)
    {
        var predicted = CliRun.Of(_scene.Predict(run, $"{run}.nii.gz"));
        Assert.That(predicted.ExitCode, Is.Zero, predicted.ToString());
        Assert.That(VolumeFile.Identify(_scene.File($"{run}.nii.gz")).Geometry, Is.EqualTo(VolumeFile.Identify(_scene.NewImage).Geometry));
    }

    private string FirstLoss(string run) => File.ReadAllLines(_scene.File($"{run}/losses.csv"))[1].Split(',')[2];

    private JsonElement RunOf(string folder)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(_scene.File($"{folder}/run.json")));
        return document.RootElement.Clone();
    }
}
