using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Sam;
using SAMed.MLNet.Transforms;
using TorchSharp;

namespace SAMed.MLNet.Estimators.Tests.Inference;

/// <summary>From a training run's files back to a network that predicts the same, and what happens when the wrong files are put together.</summary>
public class TrainedFilesTests
{
    private TempFolder _folder = null!;
    private TrainingRunResult _full = null!;
    private TrainingRunResult _adapters = null!;
    private string _sam = null!;
    private string _otherSam = null!;

    [OneTimeSetUp]
    public void Train()
    {
        _folder = new TempFolder().WritePhantoms();
        _sam = Sam("base.pth", seed: 5);
        _otherSam = Sam("other.pth", seed: 6);
        _full = _folder.PhantomOptions("full").Execute();
        _adapters = (_folder.PhantomOptions("adapters", trainEncoder: false) with { SamFile = _sam }).Execute();
    }

    [OneTimeTearDown]
    public void Remove() => _folder.Dispose();

    [TestCase(true)]
    [TestCase(false)]
    public void The_files_predict_exactly_what_the_trained_network_did(bool trainEncoder)
    {
        var run = _folder.PhantomOptions($"exact{trainEncoder}", trainEncoder);
        using var network = SamNetwork.Create(run.Model, run.Lora, torch.CPU, seed: 3);
        var manifest = new RunManifest
        {
            Labels = "{}",
            Version = "test", Model = run.Model, Lora = run.Lora, Training = run.Training, Preprocessing = run.Preprocessing,
            Classes = [.. LabelTable.Synapse.Classes.Select(entry => entry.Name)], Data = run.Data, TrainingCases = ["case0"], ValidationCases = [], BaseFile = null, BaseSha256 = null,
            LibTorch = "", Device = "cpu", Threads = 1,
        };
        var image = PhantomRun.Image(seed: 9);
        VolumePrediction trained;
        string last;
        using (var folder = RunFolder.Open(run.Output, network, manifest, resume: false))
        {
            var slices = new SliceLoader(LabelTable.Synapse, run.Preprocessing).Load(DataFolder.Find(run.Data).Files);
            _ = new SegmentationTrainer(network, torch.CPU, run.Training, run.Preprocessing).Train(slices, [], folder);
            trained = new VolumePredictor(network, run.Preprocessing, torch.CPU).Predict(image, hasGeometry: true, keepLogits: true);
            last = folder.LastPath;
        }

        using var loaded = SegmentationModel.Load(new() { LoraFile = last, Device = "cpu" });
        var again = PhantomRun.Predict(loaded, image);

        Assert.That(again.LowResLogits, Is.EqualTo(trained.LowResLogits));
        Assert.That(again.Labels.Voxels, Is.EqualTo(trained.Labels.Voxels));
    }

    [Test]
    public void A_run_through_files_holds_the_weights_of_its_last_step()
    {
        using var state = TensorFile.Read(Path.Combine(Path.GetDirectoryName(_adapters.BestPath)!, "resume.safetensors"));
        using var model = SegmentationModel.Load(new() { LoraFile = Path.ChangeExtension(_adapters.BestPath, null).Replace("best", "last", StringComparison.Ordinal) + ".pth", SamFile = _sam, Device = "cpu" });
        using var untrained = SamNetwork.Create(PhantomRun.Model, new LoraOptions { Rank = 3 }, torch.CPU, seed: 0);
        SamCheckpoint.Load(untrained, _sam);
        var (weights, frozen) = (TinyRun.Weights(model.Network), TinyRun.Weights(untrained));

        foreach (var (name, values) in weights)
        {
            var expected = state.Names.Contains("parameter/" + name) ? state["parameter/" + name].data<float>().ToArray() : frozen[name];
            Assert.That(values, Is.EqualTo(expected), name);
        }
    }

    [Test]
    public void The_metadata_say_everything_that_prediction_needs()
    {
        var metadata = LoraCheckpoint.ReadMetadata(_adapters.BestPath)!;
        Assert.Multiple(() =>
        {
            Assert.That(metadata.Architecture, Is.EqualTo(PhantomRun.Model));
            Assert.That((metadata.Rank, metadata.Placement, metadata.Layers, metadata.TrainEncoder), Is.EqualTo(((int?)3, (LoraPlacement?)LoraPlacement.Encoder, (IReadOnlyList<int>?)null, false)));
            Assert.That(metadata.Classes, Is.EqualTo(LabelTable.Synapse.Classes.Select(entry => entry.Name)));
            Assert.That((metadata.ImageSize, metadata.InputSize), Is.EqualTo(((int?)TinyRun.ImageSize, (int?)28)));
            Assert.That((metadata.WindowMinHu, metadata.WindowMaxHu), Is.EqualTo(((double?)-150, (double?)260)));
            Assert.That((metadata.ZoomEdge, metadata.Orientation), Is.EqualTo(("Paper", "RAS")));
            Assert.That((metadata.BaseFile, metadata.BaseSha256), Is.EqualTo(("base.pth", SamCheckpoint.Sha256Of(_sam))));
            Assert.That(metadata.Writer, Does.StartWith("SAMed.MLNet "));
        });
    }

    [Test]
    public void Prediction_prepares_slices_as_training_did()
    {
        using var model = Load(_full.BestPath);

        Assert.That(model.Preprocessing(normalized: false), Is.EqualTo(PhantomRun.Preprocessing));
        Assert.That(model.Preprocessing(normalized: true), Is.EqualTo(PhantomRun.Preprocessing with { WindowMin = null, WindowMax = null }));
        Assert.That(model.Classes, Is.EqualTo(LabelTable.Synapse.Classes));
    }

    [Test]
    public void Layers_and_edge_rule_survive_the_way_through_the_file()
    {
        var run = _folder.PhantomOptions("layers", trainEncoder: false) with
        {
            SamFile = _sam,
            Lora = new LoraOptions { Rank = 2, Layers = [1] },
            Preprocessing = PhantomRun.Preprocessing with { ZoomEdge = ZoomEdge.Exact, Orientation = null, InputSize = null },
            Training = TinyRun.Options with { Epochs = 1 },
        };
        var result = run.Execute();

        using var model = Load(result.BestPath, _sam);

        Assert.That(model.Network.Lora.Layers, Is.EqualTo(new[] { 1 }));
        Assert.That(model.Preprocessing(normalized: false), Is.EqualTo(run.Preprocessing));
    }

    [Test]
    public void Another_base_is_refused_with_both_sums() =>
        Assert.That(() => Load(_adapters.BestPath, _otherSam), Throws.TypeOf<CheckpointMismatchException>()
            .With.Message.Contains(SamCheckpoint.Sha256Of(_sam)).And.Message.Contains(SamCheckpoint.Sha256Of(_otherSam)).And.Message.Contains("base.pth"));

    [Test]
    public void The_base_is_found_beside_the_file_and_its_absence_says_what_to_do()
    {
        Directory.CreateDirectory(_folder.File("moved"));
        File.Copy(_adapters.BestPath, _folder.File("moved/best.pth"));
        Assert.That(() => Load(_folder.File("moved/best.pth")), Throws.TypeOf<BaseNotFoundException>()
            .With.Message.Contains("base.pth").And.Message.Contains(SamCheckpoint.Sha256Of(_sam)).And.Message.Contains("--sam"));

        File.Copy(_sam, _folder.File("moved/base.pth"));
        using var model = Load(_folder.File("moved/best.pth"));

        Assert.That(model.SamFile, Is.EqualTo(_folder.File("moved/base.pth")));
    }

    [Test]
    public void A_file_that_brings_its_encoder_needs_no_base()
    {
        var image = PhantomRun.Image(seed: 9);
        Directory.CreateDirectory(_folder.File("alone"));
        File.Copy(_full.BestPath, _folder.File("alone/best.pth"));
        using var beside = Load(_full.BestPath);
        using var alone = Load(_folder.File("alone/best.pth"));

        Assert.That(alone.SamFile, Is.Null);
        Assert.That(PhantomRun.Predict(alone, image).LowResLogits, Is.EqualTo(PhantomRun.Predict(beside, image).LowResLogits));
    }

    [Test]
    public void A_sam_file_is_no_lora_file_and_the_reverse()
    {
        Assert.That(() => Load(_sam, _sam), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains("a SAM checkpoint").And.Message.Contains("--lora"));
        Assert.That(() => Load(_adapters.BestPath, _adapters.BestPath), Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains("a SAMed LoRA file").And.Message.Contains("as the base"));
        Assert.That(() => (_folder.PhantomOptions("swapped1") with { SamFile = _adapters.BestPath }).Execute(), Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains("a SAMed LoRA file"));
        Assert.That(() => (_folder.PhantomOptions("swapped2") with { SamFile = _sam, LoraFile = _sam }).Execute(), Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains("a SAM checkpoint"));
    }

    [Test]
    public void Wrong_expectations_are_told_by_name()
    {
        Assert.That(() => SegmentationModel.Load(new() { LoraFile = _adapters.BestPath, SamFile = _sam, Rank = 4, Device = "cpu" }),
            Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains("rank: the file has 3, the network 4"));
        Assert.That(() => SegmentationModel.Load(new() { LoraFile = _adapters.BestPath, SamFile = _sam, NumClasses = 5, Device = "cpu" }),
            Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains("classes: the file has 8, the network 5"));
        Assert.That(() => SegmentationModel.Load(new() { LoraFile = _adapters.BestPath, SamFile = _sam, Model = PhantomRun.Model with { Depth = 3 }, Device = "cpu" }),
            Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains("depth: the file has 2 blocks, the network 3"));
        Assert.That(() => SegmentationModel.Load(new() { LoraFile = _adapters.BestPath, SamFile = _sam, Model = PhantomRun.Model with { EmbedDim = 32 }, Device = "cpu" }),
            Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains("embed_dim: the file has 16, the network 32"));
        Assert.That(() => SegmentationModel.Load(new() { LoraFile = _adapters.BestPath, SamFile = _sam, ImageSize = 64, Device = "cpu" }),
            Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains("image size: the file has 32, the network 64"));
    }

    [Test]
    public void A_run_from_a_lora_file_starts_with_its_weights_and_checks_its_base()
    {
        var next = _folder.PhantomOptions("next", trainEncoder: false) with { LoraFile = _adapters.BestPath, Training = TinyRun.Options with { Epochs = 1, LearningRate = 1e-12 } };
        var result = (next with { SamFile = _sam }).Execute();
        using var before = Load(_adapters.BestPath, _sam);
        using var after = Load(result.BestPath, _sam);
        var (expected, got) = (TinyRun.Weights(before.Network), TinyRun.Weights(after.Network));
        foreach (var (name, values) in expected)
        {
            Assert.That(got[name], Is.EqualTo(values).Within(1e-6), name);
        }

        Assert.That(() => (next with { SamFile = _otherSam, Output = _folder.File("wrong") }).Execute(),
            Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains(SamCheckpoint.Sha256Of(_sam)));
        Assert.That(() => (next with { Output = _folder.File("none") }).Execute(), Throws.ArgumentException.With.Message.Contains("base.pth").And.Message.Contains("--sam"));
    }

    private string Sam(string name, long seed)
    {
        using var network = SamNetwork.Create(PhantomRun.Model, new LoraOptions { Placement = LoraPlacement.None }, torch.CPU, seed);
        SamCheckpoint.Save(network, _folder.File(name));
        return _folder.File(name);
    }

    private static SegmentationModel Load(string lora, string? sam = null) => SegmentationModel.Load(new() { LoraFile = lora, SamFile = sam, Device = "cpu" });
}
