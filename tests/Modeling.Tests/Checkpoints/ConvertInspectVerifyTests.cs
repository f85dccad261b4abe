using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>What the checkpoint commands are made of.</summary>
public sealed class ConvertInspectVerifyTests
{
    private static readonly string[] RealFiles =
        ["torch_zip/optim_adam.pth", "torch_zip/parameters_list.pt", "torch_zip/single_tensor.bin", "torch_zip/module_load.pth", "torch_legacy/tiny_distilbert.bin"];

    [Test]
    [Category("Golden")]
    [TestCase("tiny_samed/lora_ckpt.pth")]
    [TestCase("tiny_samed/lora_ckpt_legacy.pth")]
    [TestCase("tiny_samed/model_state.pth")]
    [TestCase("ckpt_load/sam_pretrained_256.pth")]
    public void Golden_files_come_back_from_safetensors_as_they_were(string path) => AssertRoundTrip(TestData.Golden(path));

    [TestCaseSource(nameof(RealFiles))]
    [Category("RealData")]
    public void Real_files_come_back_from_safetensors_as_they_were(string path) => AssertRoundTrip(TestData.Real($"weights/{path}"));

    [Test]
    [Category("RealData")]
    public void Types_without_a_torch_storage_are_refused_for_pth_and_leave_nothing()
    {
        using var folder = new TempFolder();
        var source = TestData.Real("weights/safetensors/sample_overall.safetensors");

        Assert.That(() => CheckpointConverter.Convert(source, folder.File("a.pth")), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains("uint"));
        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path), Is.Empty);
        CheckpointConverter.Convert(source, folder.File("a.safetensors"));
        Assert.That(Leaves(folder.File("a.safetensors")), Is.EqualTo(Leaves(source)));
    }

    [Test]
    public void An_unknown_extension_is_refused()
    {
        using var folder = new TempFolder();
        TestFiles.WriteSafetensors(folder.File("a.safetensors"), "{\"x\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", [1, 2]);

        Assert.That(() => CheckpointConverter.Convert(folder.File("a.safetensors"), folder.File("a.onnx")), Throws.ArgumentException.With.Message.Contains(".onnx"));
        Assert.That(() => CheckpointConverter.Convert(folder.File("a.safetensors"), folder.File("a.safetensors")), Throws.ArgumentException);
    }

    [Test]
    public void A_tensor_with_the_name_of_safetensors_metadata_is_refused_and_leaves_nothing()
    {
        using var folder = new TempFolder();
        var pickle = System.Text.Encoding.Latin1.GetString(TestFiles.TensorPickle(1, 0, [1], [1])).Replace("Vx\n", "V__metadata__\n", StringComparison.Ordinal);
        TestFiles.WriteTorchZip(folder.File("a.pth"), System.Text.Encoding.Latin1.GetBytes(pickle), new byte[4]);

        Assert.That(() => CheckpointConverter.Convert(folder.File("a.pth"), folder.File("b.safetensors")), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains("__metadata__"));
        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName), Is.EqualTo(new[] { "a.pth" }));
        Assert.That(() => CheckpointConverter.Convert(folder.File("a.pth"), folder.File("c.pth")), Throws.Nothing);
    }

    [Category("Golden")]
    [TestCase("tiny_samed/lora_ckpt.pth", CheckpointKind.SamedLora)]
    [TestCase("tiny_samed_s/lora_ckpt.pth", CheckpointKind.SamedSLora)]
    [TestCase("tiny_samed/model_state.pth", CheckpointKind.SamedNetwork)]
    [TestCase("ckpt_load/sam_pretrained_256.pth", CheckpointKind.Sam)]
    [TestCase("pipeline/base_sam.pth", CheckpointKind.Sam)]
    [TestCase("pipeline/lora_trained.pth", CheckpointKind.SamedLora)]
    public void Golden_files_are_recognised(string path, CheckpointKind kind)
    {
        var options = SAMed.MLNet.Modeling.Sam.SamOptions.FromJsonFile(TestData.Golden($"{Path.GetDirectoryName(path)}/config.json"));
        var summary = CheckpointInspector.Inspect(TestData.Golden(path));

        Assert.That(summary.Kind, Is.EqualTo(kind), summary.Description);
        Assert.That(summary.EmbedDim, Is.EqualTo(options.EmbedDim));
        Assert.That(summary.Depth, Is.EqualTo(options.Depth));
        Assert.That(summary.Classes, Is.EqualTo(options.NumClasses));
    }

    [Category("RealData")]
    [TestCase("samlora/lora_rank4.safetensors", CheckpointKind.EncoderLora, "vit_b", 4)]
    [TestCase("samlora/lora_rank2.safetensors", CheckpointKind.EncoderLora, "vit_b", 2)]
    [TestCase("torch_zip/optim_adam.pth", CheckpointKind.Optimizer, null, null)]
    [TestCase("torch_legacy/lpips_v0.0_alex.pth", CheckpointKind.Other, null, null)]
    public void Real_files_are_recognised(string path, CheckpointKind kind, string? architecture, int? rank)
    {
        var summary = CheckpointInspector.Inspect(TestData.Real($"weights/{path}"));

        Assert.That((summary.Kind, summary.Architecture, summary.Rank), Is.EqualTo((kind, architecture, rank)), summary.Description);
    }

    [Test]
    [Category("Golden")]
    public void A_sound_file_has_no_findings_and_a_flipped_bit_is_found()
    {
        using var folder = new TempFolder();
        var source = TestData.Golden("tiny_samed/lora_ckpt.pth");
        Assert.That(CheckpointVerifier.Verify(source).Findings, Is.Empty);
        var bytes = File.ReadAllBytes(source);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(folder.File("flipped.pth"), bytes);

        var report = CheckpointVerifier.Verify(folder.File("flipped.pth"));

        Assert.That(report.IsSound, Is.False);
        Assert.That(report.Findings.Single().What, Does.Contain("CRC-32"));
        Assert.That(() => TensorFile.Read(folder.File("flipped.pth")), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains("CRC-32"));
    }

    [Test]
    public void Values_that_are_not_finite_are_counted()
    {
        using var folder = new TempFolder();
        byte[] data = [.. BitConverter.GetBytes(float.NaN), .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(float.PositiveInfinity)];
        TestFiles.WriteSafetensors(folder.File("nan.safetensors"), "{\"x\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}", data);

        Assert.That(CheckpointVerifier.Verify(folder.File("nan.safetensors")).Findings.Single(), Is.EqualTo(new CheckpointFinding(true, "x", "2 of 3 values are NaN or infinite")));
    }

    private static void AssertRoundTrip(string source)
    {
        using var folder = new TempFolder();
        CheckpointConverter.Convert(source, folder.File("a.safetensors"));
        CheckpointConverter.Convert(folder.File("a.safetensors"), folder.File("b.pth"));

        Assert.That(Leaves(folder.File("a.safetensors")), Is.EqualTo(Leaves(source)));
        Assert.That(CheckpointConverter.SourceSha256Of(folder.File("b.pth")), Is.EqualTo(SamCheckpoint.Sha256Of(source)));
        Assert.That(Leaves(folder.File("b.pth")), Is.EqualTo(Leaves(source)));
        Assert.That(TensorFile.Identify(folder.File("b.pth")).Root, Is.EqualTo(TensorFile.Identify(source).Root));
    }

    private static List<string> Leaves(string path)
    {
        using var content = CheckpointReader.Open(path);
        return
        [
            .. content.Tensors.Select(pair => $"{pair.Key} {pair.Value.Type} [{string.Join(",", pair.Value.Shape)}] {pair.Value.IsParameter} {pair.Value.RequiresGrad} "
                + Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(StridedReader.ReadBytes(pair.Value)))),
            .. content.Tree.Values.Select(pair => $"{pair.Key} {FlatTree.NameOf(pair.Value)} {pair.Value}"),
            .. content.Metadata.Where(pair => pair.Key != CheckpointConverter.SourceSha256Key).Select(pair => $"{pair.Key} = {pair.Value}"),
        ];
    }
}
