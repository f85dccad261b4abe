using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>Files that lack tensors, or have others, are neither merged nor taken apart.</summary>
[Category("Golden")]
public sealed class IncompleteFilesTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("tiny_samed", "prompt_encoder.", 17)]
    [TestCase("tiny_samed", "mask_decoder.output_upscaling.", 6)]
    [TestCase("tiny_samed", "mask_decoder.transformer.layers.1.", 36)]
    [TestCase("tiny_samed", "mask_decoder.output_hypernetworks_mlps.8.", 6)]
    [TestCase("tiny_samed", "w_b_003", 1)]
    [TestCase("tiny_samed_s", "sa_a_002", 1)]
    [TestCase("tiny_samed_s", "cti_b_00", 4)]
    [TestCase("tiny_samed_s", "fati_", 4)]
    public void A_LoRA_file_without_some_of_its_tensors_is_not_merged(string model, string lacks, int count)
    {
        Copy(TestData.Golden($"{model}/lora_ckpt.pth"), "lora.pth", keep: name => !name.StartsWith(lacks, StringComparison.Ordinal));

        var fault = RefusedMerge(model);

        Assert.That(fault.FilePath, Is.EqualTo(_folder.File("lora.pth")));
        Assert.That(fault.Missing, Has.Count.EqualTo(count).And.All.StartsWith(lacks));
        Assert.That(fault.Unexpected, Is.Empty);
        Assert.That(fault.Message, Does.Contain("Missing (").And.Contain(lacks));
    }

    [Test]
    public void Updates_of_the_second_decoder_layer_are_missed_though_none_is_there()
    {
        Copy(TestData.Golden("tiny_samed_s/lora_ckpt.pth"), "lora.pth", keep: name => !(name.StartsWith("sa_", StringComparison.Ordinal) && (name.EndsWith('2') || name.EndsWith('3'))));
        Assert.That(RefusedMerge("tiny_samed_s").Missing, Is.EquivalentTo(new[] { "sa_a_002", "sa_a_003", "sa_b_002", "sa_b_003" }));
    }

    [Test]
    public void A_tensor_of_another_shape_and_one_too_many_are_both_told()
    {
        Copy(TestData.Golden("tiny_samed/lora_ckpt.pth"), "lora.pth", change: (name, tensor) => name == "mask_decoder.output_upscaling.0.weight" ? tensor.narrow(0, 0, 3).clone() : tensor, add: "mask_decoder.extra");

        var fault = RefusedMerge("tiny_samed");

        Assert.That(fault.Unexpected, Is.EqualTo(new[] { "mask_decoder.extra" }));
        Assert.That(fault.WrongShape.Single().ToString(), Is.EqualTo("mask_decoder.output_upscaling.0.weight (file 3×16×2×2, network 64×16×2×2)"));
    }

    [TestCase("tiny_samed", "image_encoder.neck.", 6)]
    [TestCase("tiny_samed", "image_encoder.blocks.2.norm1.", 2)]
    [TestCase("tiny_samed_s", "mask_decoder.transformer.layers.1.norm2.", 2)]
    [TestCase("tiny_samed_s", "mask_decoder.transformer.norm_final_attn.", 2)]
    public void A_SAM_file_without_what_the_result_needs_is_not_merged(string model, string lacks, int count)
    {
        File.Copy(TestData.Golden($"{model}/lora_ckpt.pth"), _folder.File("lora.pth"));

        var fault = RefusedMerge(model, name => !name.StartsWith(lacks, StringComparison.Ordinal));

        Assert.That(fault.FilePath, Is.EqualTo(_folder.File("sam.pth")));
        Assert.That(fault.Missing, Has.Count.EqualTo(count).And.All.StartsWith(lacks));
    }

    [TestCase("tiny_samed", "sam.prompt_encoder.", 17)]
    [TestCase("tiny_samed", "sam.mask_decoder.transformer.layers.1.", 36)]
    [TestCase("tiny_samed_s", "sam.mask_decoder.transformer.layers.0.self_attn.q_proj.w_a.", 1)]
    [TestCase("tiny_samed_s", "sam.mask_decoder.transformer.layers.1.", 12)]
    [TestCase("tiny_samed_s", "sam.mask_decoder.iou_token.", 1)]
    public void A_state_without_some_of_its_tensors_gives_no_LoRA_file(string model, string lacks, int count)
    {
        Copy(TestData.Golden($"{model}/model_state.pth"), "state.pth", keep: name => !name.StartsWith(lacks, StringComparison.Ordinal));

        var fault = Assert.Throws<CheckpointMismatchException>(() => LoraExtraction.Extract(_folder.File("state.pth"), _folder.File("out.pth")))!;

        Assert.That(fault.Missing, Has.Count.EqualTo(count).And.All.StartsWith(lacks["sam.".Length..]));
        Assert.That(fault.Unexpected, Is.Empty);
        Assert.That(File.Exists(_folder.File("out.pth")), Is.False);
    }

    [TestCase("w_b_003")]
    [TestCase("mask_decoder.mask_tokens.weight")]
    public void Values_that_are_no_numbers_are_not_merged(string name)
    {
        Copy(TestData.Golden("tiny_samed/lora_ckpt.pth"), "lora.pth", change: (key, tensor) => key == name ? tensor.fill_(float.NaN) : tensor);
        WriteSam("tiny_samed", _ => true);

        Assert.That(() => LoraMerge.Merge(_folder.File("sam.pth"), _folder.File("lora.pth"), _folder.File("out.pth")),
            Throws.TypeOf<CheckpointFormatException>().With.Message.Contains($"'{name}'").And.Message.Contains("NaN"));
        Assert.That(Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName), Is.EquivalentTo(new[] { "lora.pth", "sam.pth" }));
    }

    [Test]
    public void The_result_has_SAM_s_floating_type_throughout()
    {
        WriteSam("tiny_samed", _ => true, ScalarType.Float16);

        LoraMerge.Merge(_folder.File("sam.pth"), TestData.Golden("tiny_samed/lora_ckpt.pth"), _folder.File("out.pth"));

        Assert.That(TensorFile.Identify(_folder.File("out.pth")).Tensors.Select(tensor => tensor.Type), Is.All.EqualTo(ElementType.Float16));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_model_trained_without_LoRA_takes_the_decoder_s_place(bool trainEncoder)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var trained = SamNetwork.Create(SamOptions.FromJsonFile(TestData.Golden("tiny_samed/config.json")), new LoraOptions { Placement = LoraPlacement.None, TrainEncoder = trainEncoder }, CPU, seed: 4);
        SamCheckpoint.Save(trained, _folder.File("sam.pth"));
        foreach (var (_, parameter) in trained.TrainableParameters)
        {
            parameter.add_(0.01);
        }
        LoraCheckpoint.Save(trained, _folder.File("lora.pth"), new LoraMetadata());

        Assert.That(LoraMerge.Merge(_folder.File("sam.pth"), _folder.File("lora.pth"), _folder.File("out.pth")), Is.Empty);

        using var plain = SamNetwork.Create(trained.Options, new LoraOptions { Placement = LoraPlacement.None }, CPU, seed: 5);
        SamCheckpoint.Load(plain, _folder.File("out.pth"));
        var expected = trained.state_dict();
        Assert.That(plain.state_dict().Where(pair => !pair.Value.equal(expected[pair.Key]).all().item<bool>()).Select(pair => pair.Key), Is.Empty);
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Links need a privilege there.")]
    public void A_link_to_a_source_is_that_source()
    {
        WriteSam("tiny_samed", _ => true);
        File.CreateSymbolicLink(_folder.File("link.pth"), _folder.File("sam.pth"));
        var before = File.ReadAllBytes(_folder.File("sam.pth"));

        Assert.That(() => LoraMerge.Merge(_folder.File("sam.pth"), TestData.Golden("tiny_samed/lora_ckpt.pth"), _folder.File("link.pth")), Throws.ArgumentException.With.Message.Contains("same file"));
        Assert.That(() => CheckpointConverter.Convert(_folder.File("sam.pth"), _folder.File("link.pth")), Throws.ArgumentException.With.Message.Contains("same file"));
        Assert.That(File.ReadAllBytes(_folder.File("sam.pth")).AsSpan().SequenceEqual(before));
    }

    [Test]
    public void A_network_without_LoRA_is_said_to_have_it_in_no_block()
    {
        var sizes = SamOptions.FromJsonFile(TestData.Golden("tiny_samed/config.json"));
        using var adapted = SamNetwork.Create(sizes, new LoraOptions(), CPU, seed: 4);
        using var plain = SamNetwork.Create(sizes, new LoraOptions { Placement = LoraPlacement.None }, CPU, seed: 4);
        LoraCheckpoint.Save(adapted, _folder.File("lora.pth"), new LoraMetadata());

        Assert.That(() => LoraCheckpoint.Load(plain, _folder.File("lora.pth")),
            Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains("the file has 0, 1, 2, 3, the network none."));
    }

    [Test]
    public void What_is_stopped_writes_nothing()
    {
        WriteSam("tiny_samed", _ => true);
        var (sam, lora, state) = (_folder.File("sam.pth"), TestData.Golden("tiny_samed/lora_ckpt.pth"), TestData.Golden("tiny_samed/model_state.pth"));
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();

        Assert.That(() => CheckpointConverter.Convert(sam, _folder.File("out.safetensors"), stopped.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => LoraMerge.Merge(sam, lora, _folder.File("out.pth"), stopped.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => LoraExtraction.Extract(state, _folder.File("out.pth"), stopped.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => LoraExtraction.Extract(state, _folder.File("out.safetensors"), stopped.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.EnumerateFiles(_folder.Path), Is.EqualTo(new[] { sam }));
    }

    private CheckpointMismatchException RefusedMerge(string model, Func<string, bool>? keepOfSam = null)
    {
        WriteSam(model, keepOfSam ?? (_ => true));
        var fault = Assert.Throws<CheckpointMismatchException>(() => LoraMerge.Merge(_folder.File("sam.pth"), _folder.File("lora.pth"), _folder.File("out.pth")))!;
        Assert.That(File.Exists(_folder.File("out.pth")), Is.False);
        return fault;
    }

    private void WriteSam(string model, Func<string, bool> keep, ScalarType type = ScalarType.Float32)
    {
        using var scope = NewDisposeScope();
        using var network = GoldenModel.Load(model);
        TensorFile.Write(_folder.File("sam.pth"), NetworkTensors.Sam(network).Where(pair => keep(pair.Key)).Select(pair => new TensorEntry(pair.Key, pair.Value.detach().to_type(type))));
    }

    private void Copy(string source, string name, Func<string, bool>? keep = null, Func<string, Tensor, Tensor>? change = null, string? add = null)
    {
        using var scope = NewDisposeScope();
        using var file = TensorFile.Read(source);
        List<TensorEntry> entries = [.. file.Names.Where(keep ?? (_ => true)).Select(key => new TensorEntry(key, change is null ? file[key] : change(key, file[key]), file.IsParameter(key)))];
        TensorFile.Write(_folder.File(name), add is null ? entries : [.. entries, new TensorEntry(add, zeros(2))]);
    }
}
