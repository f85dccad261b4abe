using System.Text.Json;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>SAMed's LoRA files, read and written.</summary>
[Category("Golden")]
public sealed class LoraCheckpointTests
{
    [TestCase("tiny_samed", "lora_ckpt.pth")]
    [TestCase("tiny_samed", "lora_ckpt_cuda_tag.pth")]
    [TestCase("tiny_samed", "lora_ckpt_legacy.pth")]
    [TestCase("tiny_samed_s", "lora_ckpt.pth")]
    [TestCase("tiny_samed_s", "lora_ckpt_cuda_tag.pth")]
    public void A_loaded_file_gives_the_reference_s_output(string folder, string file)
    {
        using var scope = NewDisposeScope();
        using var network = GoldenModel.Load(folder);
        using var noGrad = no_grad();
        foreach (var (_, parameter) in network.TrainableParameters)
        {
            parameter.zero_();                                                                 // only the frozen part stays
        }
        LoraCheckpoint.Load(network, TestData.Golden($"{folder}/{file}"));
        using var input = NpzFile.Open(TestData.Golden($"{folder}/forward.npz"));
        using var golden = NpzFile.Open(TestData.Golden($"{folder}/forward_after_lora_load.npz"));
        using var output = network.call(input["input"].ToTensor());

        GoldenTensors.AssertClose(output.LowResLogits, golden["low_res_logits"], 1e-5, "low_res_logits");
        GoldenTensors.AssertClose(output.IouPredictions, golden["iou_predictions"], 1e-5, "iou_predictions");
    }

    [TestCase("tiny_samed", ".pth")]
    [TestCase("tiny_samed", ".safetensors")]
    [TestCase("tiny_samed_s", ".pth")]
    [TestCase("tiny_samed_s", ".safetensors")]
    public void A_written_file_equals_the_reference_s_in_keys_order_flags_and_values(string folder, string extension)
    {
        using var temp = new TempFolder();
        using var scope = NewDisposeScope();
        using var network = GoldenModel.Load(folder);
        LoraCheckpoint.Load(network, TestData.Golden($"{folder}/lora_ckpt.pth"));
        LoraCheckpoint.Save(network, temp.File($"ours{extension}"), LoraMetadata.Of(network));
        using var ours = TensorFile.Read(temp.File($"ours{extension}"));
        using var theirs = TensorFile.Read(TestData.Golden($"{folder}/lora_ckpt.pth"));

        Assert.That(ours.Info.Tensors.Select(Line), Is.EqualTo(theirs.Info.Tensors.Select(Line)));
        Assert.That(ours.Names.Where(name => !ours[name].equal(theirs[name]).all().item<bool>()), Is.Empty);

        static string Line(TensorInfo tensor) => $"{tensor.Name} {tensor.ShapeText} {tensor.Type} {tensor.IsParameter} {tensor.RequiresGrad}";
    }

    [TestCase("vit_b", "SAMed")]
    [TestCase("vit_l", "SAMed")]
    [TestCase("vit_h", "SAMed")]
    [TestCase("vit_b", "SAMed_s")]
    [TestCase("vit_l", "SAMed_s")]
    [TestCase("vit_h", "SAMed_s")]
    public void Keys_order_shapes_and_types_of_the_published_sizes_equal_the_reference_s(string vit, string model)
    {
        using var network = SamNetwork.Create(
            SamRegistry.Resolve(vit), new LoraOptions { Placement = model == "SAMed" ? LoraPlacement.Encoder : LoraPlacement.EncoderDecoder }, new Device(DeviceType.META), seed: 0);
        var lines = LoraLayout.Of(network, withImageEncoder: false)
            .Select(slot => $"{slot.Key}\t[{string.Join(", ", slot.Tensor.shape)}]\ttorch.{slot.Tensor.dtype.ToString().ToLowerInvariant()}\t{(slot.IsParameter ? "Parameter" : "Tensor")}");

        Assert.That(lines, Is.EqualTo(File.ReadAllLines(TestData.Golden($"param_counts/ckpt_keys_{vit}_{model}.tsv"))));
    }

    [Test]
    public void Metadata_comes_back_and_knows_the_network()
    {
        using var temp = new TempFolder();
        using var network = Create(new LoraOptions { Rank = 2, Layers = [3, 1] });
        var metadata = new LoraMetadata
        {
            Classes = [.. Enumerable.Range(1, network.Options.NumClasses).Select(id => $"organ {id}")],
            WindowMinHu = -125,
            WindowMaxHu = 275,
            BaseFile = "sam.pth",
            BaseSha256 = new string('a', 64),
            Rank = 77,
        };
        foreach (var extension in new[] { ".pth", ".safetensors" })
        {
            LoraCheckpoint.Save(network, temp.File($"lora{extension}"), metadata);
            var read = LoraCheckpoint.ReadMetadata(temp.File($"lora{extension}"))!;

            Assert.That(read.ToJson(), Is.EqualTo(metadata.With(network).ToJson()));
            Assert.That(read.Rank, Is.EqualTo(2), "the network's own rank");
            Assert.That(read.Architecture, Is.EqualTo(network.Options));
        }
        Assert.That(LoraCheckpoint.ReadMetadata(TestData.Golden("tiny_samed/lora_ckpt.pth")), Is.Null);
    }

    [Test]
    public void Updates_of_some_blocks_are_numbered_in_turn()
    {
        using var network = Create(new LoraOptions { Rank = 2, Layers = [3, 1] });
        var state = network.state_dict();
        var slots = LoraLayout.Of(network, withImageEncoder: false);

        Assert.That(slots.Count(slot => slot.Key.StartsWith("w_a_", StringComparison.Ordinal)), Is.EqualTo(4));
        Assert.That(slots.Single(slot => slot.Key == "w_a_000").Tensor.equal(state["sam.image_encoder.blocks.1.attn.qkv.linear_a_q.weight"]).all().item<bool>());
        Assert.That(slots.Single(slot => slot.Key == "w_a_003").Tensor.equal(state["sam.image_encoder.blocks.3.attn.qkv.linear_a_v.weight"]).all().item<bool>());
    }

    [Test]
    public void A_trained_encoder_travels_in_the_file_and_makes_the_base_irrelevant()
    {
        using var temp = new TempFolder();
        using var trained = Create(new LoraOptions { TrainEncoder = true }, seed: 1);
        using var other = Create(new LoraOptions(), seed: 2);
        LoraCheckpoint.Save(trained, temp.File("lora.pth"), new LoraMetadata { BaseSha256 = new string('a', 64) });

        LoraCheckpoint.Load(other, temp.File("lora.pth"), new string('b', 64));

        var expected = trained.state_dict();
        Assert.That(other.state_dict().Where(pair => !pair.Value.equal(expected[pair.Key]).all().item<bool>()).Select(pair => pair.Key), Is.Empty);
    }

    private static IEnumerable<TestCaseData> Mismatches()
    {
        yield return Case("wrong rank", new LoraOptions { Rank = 7 }, options => options, "rank: the file has");
        yield return Case("wrong class count", new LoraOptions(), options => options with { NumClasses = options.NumClasses + 1 }, "classes: the file has");
        yield return Case("wrong vit", new LoraOptions(), options => options with { EmbedDim = options.EmbedDim * 2, Depth = options.Depth + 2 }, "embed_dim: the file has");
        yield return Case("wrong placement", new LoraOptions { Placement = LoraPlacement.EncoderDecoder }, options => options, "placement: the file has encoder (SAMed), the network encoder+decoder (SAMed_s); choose --placement encoder (");
        yield return Case("no LoRA", new LoraOptions { Placement = LoraPlacement.None }, options => options, "placement: the file has encoder (SAMed), the network none (no LoRA)");
        yield return Case("fewer blocks", new LoraOptions { Layers = [0] }, options => options, "adapted blocks: the file has");

        static TestCaseData Case(string name, LoraOptions lora, Func<SamOptions, SamOptions> change, string expected) =>
            new TestCaseData(lora, change, expected).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Mismatches))]
    public void A_wrong_pairing_says_what_differs(LoraOptions lora, Func<SamOptions, SamOptions> change, string expected)
    {
        var path = TestData.Golden("tiny_samed/lora_ckpt.pth");
        using var network = Create(lora, change: change);
        using var before = new TensorCopies(network);

        var error = Assert.Throws<CheckpointMismatchException>(() => LoraCheckpoint.Load(network, path))!;

        Assert.That(error.Message, Does.Contain(expected).And.Contain("a SAMed LoRA file (rank"));
        Assert.That(error.Missing.Count + error.Unexpected.Count + error.WrongShape.Count, Is.GreaterThan(0));
        Assert.That(network.state_dict().All(pair => pair.Value.equal(before[pair.Key]).all().item<bool>()));
    }

    [Test]
    public void Image_size_layers_and_base_are_checked_by_metadata()
    {
        using var temp = new TempFolder();
        using var network = Create(new LoraOptions { Layers = [0, 1] });
        LoraCheckpoint.Save(network, temp.File("lora.pth"), new LoraMetadata { BaseFile = "sam.pth", BaseSha256 = new string('a', 64) });
        using var larger = Create(new LoraOptions { Layers = [0, 2] }, change: options => options with { ImageSize = options.ImageSize * 2 });

        var error = Assert.Throws<CheckpointMismatchException>(() => LoraCheckpoint.Load(larger, temp.File("lora.pth"), new string('b', 64)))!;

        Assert.That(error.Differences, Has.Some.StartsWith("image size:").And.Some.StartsWith("blocks with LoRA:").And.Some.StartsWith("SAM base:"));
        Assert.That(() => LoraCheckpoint.Load(network, temp.File("lora.pth"), new string('A', 64)), Throws.Nothing);
    }

    [TestCase(".safetensors")]
    [TestCase(".pth")]
    public void A_converted_base_is_the_base_and_another_is_not(string extension)
    {
        using var temp = new TempFolder();
        using var network = Create(new LoraOptions());
        using var otherNetwork = Create(new LoraOptions(), seed: 6);
        SamCheckpoint.Save(network, temp.File("base.pth"));
        SamCheckpoint.Save(otherNetwork, temp.File("other.pth"));
        foreach (var name in new[] { "base", "other" })
        {
            CheckpointConverter.Convert(temp.File($"{name}.pth"), temp.File($"{name}_converted{extension}"));
        }
        LoraCheckpoint.Save(network, temp.File("lora.pth"), new LoraMetadata { BaseFile = "base.pth", BaseSha256 = SamCheckpoint.Sha256Of(temp.File("base.pth")) });

        Assert.That(() => LoadOn($"base_converted{extension}"), Throws.Nothing);
        Assert.That(() => LoadOn("other.pth"), Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains("SAM base:"));
        Assert.That(() => LoadOn($"other_converted{extension}"), Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains("converted from one with"));

        void LoadOn(string sam) =>
            LoraCheckpoint.Load(network, temp.File("lora.pth"), SamCheckpoint.Sha256Of(temp.File(sam)), CheckpointConverter.SourceSha256Of(temp.File(sam)));
    }

    [TestCase("ckpt_load/sam_pretrained_256.pth", "a SAM checkpoint")]
    [TestCase("tiny_samed_s/lora_ckpt.pth", "a SAMed_s LoRA file")]
    [TestCase("tiny_samed/model_state.pth", "the state of a whole SAMed network")]
    public void Another_kind_of_file_is_named(string path, string what)
    {
        var other = TestData.Golden(path);
        using var network = Create(new LoraOptions());

        Assert.That(() => LoraCheckpoint.Load(network, other), Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains(what));
    }

    [Test]
    public void Class_names_must_be_as_many_as_the_classes()
    {
        using var temp = new TempFolder();
        using var network = Create(new LoraOptions());

        Assert.That(() => LoraCheckpoint.Save(network, temp.File("lora.pth"), new LoraMetadata { Classes = ["liver"] }), Throws.ArgumentException);
        Assert.That(Directory.EnumerateFileSystemEntries(temp.Path), Is.Empty);
    }

    private static SamNetwork Create(LoraOptions lora, long seed = 5, Func<SamOptions, SamOptions>? change = null)
    {
        var options = SamOptions.FromJsonFile(TestData.Golden("tiny_samed/config.json"));
        return SamNetwork.Create(change?.Invoke(options) ?? options, lora, CPU, seed);
    }
}
