using System.IO.Compression;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>LoRA files into SAM checkpoints, and out of the state of whole networks.</summary>
[Category("Golden")]
public sealed class LoraMergeTests
{
    [TestCase("tiny_samed", ".pth")]
    [TestCase("tiny_samed", ".safetensors")]
    [TestCase("tiny_samed_s", ".pth")]
    public void A_merged_file_loads_as_plain_SAM_and_gives_the_adapted_network_s_output(string folder, string extension)
    {
        using var temp = new TempFolder();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var adapted = GoldenModel.Load(folder);
        SamCheckpoint.Save(adapted, temp.File("sam.pth"));

        var updated = LoraMerge.Merge(temp.File("sam.pth"), TestData.Golden($"{folder}/lora_ckpt.pth"), temp.File($"merged{extension}"));

        var summary = CheckpointInspector.Inspect(temp.File($"merged{extension}"));
        Assert.That((summary.Kind, summary.Classes), Is.EqualTo((CheckpointKind.Sam, adapted.Options.NumClasses)));
        Assert.That(updated, Has.Count.EqualTo(adapted.Options.Depth + (folder == "tiny_samed_s" ? (adapted.Options.DecoderDepth * 6) + 2 : 0)));
        using var plain = SamNetwork.Create(adapted.Options, new LoraOptions { Placement = LoraPlacement.None }, CPU, seed: 3);
        var report = SamCheckpoint.Load(plain, temp.File($"merged{extension}"));
        Assert.That(report.Entries.Select(entry => entry.Action), Is.All.EqualTo(SamLoadAction.Copied));
        Assert.That(report.Unused, Is.Empty);
        using var input = NpzFile.Open(TestData.Golden($"{folder}/forward.npz"));
        using var golden = NpzFile.Open(TestData.Golden($"{folder}/forward_after_lora_load.npz"));
        using var output = plain.call(input["input"].ToTensor());
        GoldenTensors.AssertClose(output.LowResLogits, golden["low_res_logits"], 1e-5, "low_res_logits");
        GoldenTensors.AssertClose(output.IouPredictions, golden["iou_predictions"], 1e-5, "iou_predictions");
    }

    [Test]
    public void Positions_and_names_stay_SAM_s_whatever_the_image_size_of_the_network()
    {
        using var temp = new TempFolder();
        using var network = CreateLike("ckpt_load", new LoraOptions { Layers = [4, 2] }, options => options with { ImageSize = 128, NumClasses = 8 });
        var sam = TestData.Golden("ckpt_load/sam_pretrained_256.pth");
        SamCheckpoint.Load(network, sam);
        Randomise(network);
        LoraCheckpoint.Save(network, temp.File("lora.pth"), new LoraMetadata { BaseSha256 = SamCheckpoint.Sha256Of(sam) });

        var updated = LoraMerge.Merge(sam, temp.File("lora.pth"), temp.File("merged.pth"));

        Assert.That(updated, Is.EqualTo(new[] { "image_encoder.blocks.2.attn.qkv.weight", "image_encoder.blocks.4.attn.qkv.weight" }));
        Assert.That(CheckpointInspector.Inspect(temp.File("merged.pth")).ImageSize, Is.EqualTo(256));
        var loraRecord = TensorFile.Identify(temp.File("merged.pth")).Metadata[LoraMerge.TrainingKey];
        Assert.That(LoraMetadata.FromJson(loraRecord, "merged.pth").ImageSize, Is.EqualTo(128));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var plain = SamNetwork.Create(network.Options, new LoraOptions { Placement = LoraPlacement.None }, CPU, seed: 3);
        SamCheckpoint.Load(plain, temp.File("merged.pth"));
        var image = rand(1, 3, 128, 128);
        Assert.That((plain.call(image).LowResLogits - network.call(image).LowResLogits).abs().max().item<float>(), Is.LessThan(1e-5));
    }

    [Test]
    public void Another_base_another_width_and_another_kind_are_refused_and_leave_nothing()
    {
        using var temp = new TempFolder();
        var (sam, other, lora) = (TestData.Golden("pipeline/base_sam.pth"), TestData.Golden("ckpt_load/sam_pretrained_256.pth"), TestData.Golden("pipeline/lora_trained.pth"));
        using var network = CreateLike("pipeline", new LoraOptions(), options => options);
        Directory.CreateDirectory(temp.File("out"));
        LoraCheckpoint.Save(network, temp.File("lora.pth"), new LoraMetadata { BaseFile = "its.pth", BaseSha256 = new string('a', 64) });
        var merged = temp.File("out/merged.pth");

        Assert.That(() => LoraMerge.Merge(sam, temp.File("lora.pth"), merged), Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains("trained on its.pth"));
        Assert.That(() => LoraMerge.Merge(other, lora, merged), Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains("embed_dim").And.Message.Contains("adapted blocks"));
        Assert.That(() => LoraMerge.Merge(lora, sam, merged), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains("a SAM checkpoint"));
        Assert.That(() => LoraMerge.Merge(sam, sam, merged), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains("w_a_000"));
        Assert.That(() => LoraMerge.Merge(sam, lora, lora), Throws.ArgumentException.With.Message.Contains("same file"));
        Assert.That(Directory.EnumerateFileSystemEntries(temp.File("out")), Is.Empty);
    }

    [TestCase("tiny_samed")]
    [TestCase("tiny_samed_s")]
    public void A_LoRA_file_taken_out_of_a_whole_state_is_the_reference_s_but_for_the_values(string folder)
    {
        using var temp = new TempFolder();
        var (state, reference) = (TestData.Golden($"{folder}/model_state.pth"), TestData.Golden($"{folder}/lora_ckpt.pth"));

        var names = LoraExtraction.Extract(state, temp.File("lora_ckpt.pth"));

        Assert.That(names, Is.EqualTo(TensorFile.Identify(reference).Tensors.Select(tensor => tensor.Name)));
        Assert.That(PickleOf(temp.File("lora_ckpt.pth")), Is.EqualTo(PickleOf(reference)), "names, order, shapes, types, Parameter or Tensor");
        using var whole = GoldenModel.Load(folder);
        using var loaded = SamNetwork.Create(whole.Options, whole.Lora, CPU, seed: 8);
        SamCheckpoint.Save(whole, temp.File("sam.pth"));
        SamCheckpoint.Load(loaded, temp.File("sam.pth"));
        LoraCheckpoint.Load(loaded, temp.File("lora_ckpt.pth"));
        var expected = whole.state_dict();
        Assert.That(loaded.state_dict().Where(pair => !pair.Value.equal(expected[pair.Key]).all().item<bool>()).Select(pair => pair.Key), Is.Empty);
    }

    [TestCase("tiny_samed/lora_ckpt.pth", "LoRA file")]
    [TestCase("pipeline/base_sam.pth", "cannot be taken out again")]
    public void A_file_without_updates_to_take_out_is_refused(string path, string expected)
    {
        using var temp = new TempFolder();
        var source = TestData.Golden(path);
        Assert.That(() => LoraExtraction.Extract(source, temp.File("lora.pth")), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains(expected));
        Assert.That(Directory.EnumerateFileSystemEntries(temp.Path), Is.Empty);
    }

    [Test]
    public void Updates_of_some_blocks_only_are_refused()
    {
        using var temp = new TempFolder();
        using var network = CreateLike("pipeline", new LoraOptions { Layers = [1, 3] }, options => options);
        TensorFile.Write(temp.File("state.pth"), NetworkTensors.State(network).Select(pair => new TensorEntry(pair.Key, pair.Value)));
        Assert.That(() => LoraExtraction.Extract(temp.File("state.pth"), temp.File("lora.pth")), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains("got 1, 3"));
    }

    private static byte[] PickleOf(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        using var content = new MemoryStream();
        using var stream = zip.GetEntry("lora_ckpt/data.pkl")!.Open();
        stream.CopyTo(content);
        return content.ToArray();
    }

    private static SamNetwork CreateLike(string folder, LoraOptions lora, Func<SamOptions, SamOptions> change) =>
        SamNetwork.Create(change(SamOptions.FromJsonFile(TestData.Golden($"{folder}/config.json"))), lora, CPU, seed: 4);

    private static void Randomise(SamNetwork network)
    {
        using var noGrad = no_grad();
        foreach (var (_, parameter) in network.TrainableParameters)
        {
            parameter.add_(rand_like(parameter) * 0.1);
        }
    }
}
