using System.Text.Json.Nodes;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Losses;
using SAMed.MLNet.Modeling.Sam;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Tests.Sweeps.Trials;

/// <summary>The definition of a trial as a file.</summary>
public class TrialSpecTests
{
    /// <summary>Every option other than its default.</summary>
    private static TrialSpec Spec { get; } = new()
    {
        TrialId = 12,
        Parameter = new([new("rank", 8), new("lr", 1.0), new("placement", "encoder+decoder"), new("augment", false)]),
        Seed = -5_000_000_000,
        UntilEpoch = 6,
        Run = new()
        {
            Data = "/data/ct", ListFile = "/data/list.txt", Output = "", Model = TinyRun.Model with { PixelMean = [0.1, 1.0 / 3, 0.3], NumClasses = 8 },
            Lora = new() { Rank = 8, Placement = LoraPlacement.EncoderDecoder, Layers = [0, 1], TrainEncoder = true },
            Labels = LabelTable.Btcv, SamFile = "/models/sam.pth", LoraFile = "/models/lora.pth", Preset = "samed_s",
            Training = new()
            {
                Epochs = 9, ScheduleEpochs = 11, BatchSize = 3, AccumulationSteps = 2, LearningRate = 0.1 + 0.2, WarmupSteps = 1, LearningRateExponent = 7, Optimizer = OptimizerKind.Sgd, WeightDecay = 1e-7,
                DiceWeight = 0.25, Precision = Precision.Bf16, Checkpointing = true, PixelLoss = PixelLoss.Focal, LowResLabels = LowResLabels.Paper, AllowTf32 = true, AugmentationSet = 4,
                FeatureCache = new() { Folder = "/cache", MaxBytes = 1L << 40 }, Seed = -5_000_000_000, ValidateEvery = 2, EarlyStoppingPatience = 3, KeepEvery = 4, PictureEvery = 0, Workers = 2,
            },
            Preprocessing = new() { ImageSize = 32, InputSize = 28, Channels = 3, WindowMin = -150.5f, WindowMax = 1e3f, WindowArrays = true, ZoomEdge = ZoomEdge.Paper, Orientation = "RAS" },
            ValidationFraction = 0.3, ValidationCases = ["a", "b"], ExcludedCases = ["c"], Device = "cpu",
        },
    };

    [Test]
    public void Every_option_comes_back_exactly()
    {
        var json = Spec.ToJson();

        var read = TrialSpec.FromJson(json, "spec.json");

        Assert.Multiple(() =>
        {
            Assert.That(read.ToJson(), Is.EqualTo(json));
            Assert.That((read.TrialId, read.Parameter, read.Seed, read.UntilEpoch), Is.EqualTo((Spec.TrialId, Spec.Parameter, Spec.Seed, Spec.UntilEpoch)));
            Assert.That(read.Run.Model, Is.EqualTo(Spec.Run.Model));
            Assert.That(read.Run.Training, Is.EqualTo(Spec.Run.Training));
            Assert.That(read.Run.Preprocessing, Is.EqualTo(Spec.Run.Preprocessing));
            Assert.That(read.Run.Lora with { Layers = null }, Is.EqualTo(Spec.Run.Lora with { Layers = null }));
            Assert.That(read.Run.Labels.ToJson(), Is.EqualTo(LabelTable.Btcv.ToJson()));
            Assert.That(read.Run.ValidationCases, Is.EqualTo(Spec.Run.ValidationCases));
            Assert.That(read.Parameter["lr"], Is.EqualTo(1.0).And.TypeOf<double>());
        });
    }

    [TestCaseSource(nameof(Tables))]
    public void Every_built_in_table_of_labels_comes_back(LabelTable table)
    {
        var spec = Spec with { Run = Spec.Run with { Labels = table } };

        var read = TrialSpec.FromJson(spec.ToJson(), "spec.json").Run.Labels;

        Assert.That((read.Name, read.OthersAreBackground), Is.EqualTo((table.Name, table.OthersAreBackground)));
        Assert.That(read.FileIds.Where(pair => pair.Key != 0), Is.EquivalentTo(table.FileIds.Where(pair => pair.Key != 0)));
    }

    private static IEnumerable<LabelTable> Tables() => LabelTable.BuiltIn;

    [Test]
    public void Fields_that_are_missing_unknown_or_null_are_all_named()
    {
        var node = JsonNode.Parse(Spec.ToJson())!;
        node.AsObject().Remove("seed");
        node["run"]!["training"]!.AsObject().Remove("batchSize");
        node["run"]!["lora"]!["alpha"] = 16;
        node["run"]!["model"] = null;

        var fault = Assert.Throws<TrialSpecException>(() => TrialSpec.FromJson(node.ToJsonString(), "trials/0012/spec.json"));

        Assert.That(fault!.Origin, Is.EqualTo("trials/0012/spec.json"));
        Assert.That(fault.Faults.Select(found => (found.Field, found.Got)), Is.EquivalentTo(new[] { ("seed", "nothing"), ("run.training.batchSize", "nothing"), ("run.lora.alpha", "16"), ("run.model", "null") }));
        Assert.That(fault.Message, Does.StartWith("trials/0012/spec.json: ").And.Contain("run.lora.alpha: expected no such field").And.Contain("got 16"));
    }

    [TestCase("run.training.batchSize", "\"four\"")]
    [TestCase("run.training.batchSize", "4.5")]
    [TestCase("run.training.precision", "\"fp8\"")]
    [TestCase("run.training.precision", "1")]
    [TestCase("run.lora", "[1]")]
    [TestCase("parameter.rank", "[1]")]
    [TestCase("run.labels.classes", "[]")]
    public void A_value_of_another_kind_is_named(string field, string value)
    {
        var node = JsonNode.Parse(Spec.ToJson())!;
        var names = field.Split('.');
        names[..^1].Aggregate(node, (parent, name) => parent[name]!)[names[^1]] = JsonNode.Parse(value);

        Assert.That(() => TrialSpec.FromJson(node.ToJsonString(), "spec.json"), Throws.TypeOf<TrialSpecException>().With.Message.Contains(names[0]).And.Message.Contains("spec.json"));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("null")]
    [TestCase("[]")]
    public void What_is_no_definition_at_all_is_refused(string json) =>
        Assert.That(() => TrialSpec.FromJson(json, "spec.json"), Throws.TypeOf<TrialSpecException>().With.Message.StartsWith("spec.json: "));

    [Test]
    public void Values_that_make_no_usable_trial_are_all_named()
    {
        var spec = Spec with
        {
            TrialId = -1, UntilEpoch = 1, Seed = 4,
            Run = Spec.Run with { Lora = Spec.Run.Lora with { Rank = 9 }, Training = Spec.Run.Training with { DiceWeight = 2 } },
        };

        var fault = Assert.Throws<TrialSpecException>(() => spec.Validate("spec.json"));

        Assert.That(fault!.Faults.Select(found => found.Field), Is.EqualTo(new[] { "trialId", "run.training.seed", "untilEpoch", "run.training", "run.lora.rank" }));
        Assert.That(fault.Message, Does.Contain("at most 8, the width of the mask decoder's attention").And.Contain("2 to 9"));
    }

    [Test]
    public void Paths_become_full_for_a_process_with_another_working_folder()
    {
        var spec = Spec with { Run = Spec.Run with { Data = "ct", SamFile = "sam.pth", ListFile = null, Training = Spec.Run.Training with { FeatureCache = new() { Folder = "cache" } } } };

        var run = spec.WithFullPaths().Run;

        Assert.That(new[] { run.Data, run.SamFile, run.Training.FeatureCache!.Folder }, Is.EqualTo(new[] { Path.GetFullPath("ct"), Path.GetFullPath("sam.pth"), Path.GetFullPath("cache") }));
        Assert.That(run.ListFile, Is.Null);
    }
}
