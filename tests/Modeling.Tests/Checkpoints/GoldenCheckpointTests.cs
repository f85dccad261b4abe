using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>Files that torch.save wrote, against the same tensors as NumPy arrays.</summary>
[Category("Golden")]
public sealed class GoldenCheckpointTests
{
    [TestCase("tiny_samed/lora_ckpt.pth", "tiny_samed/lora_ckpt.npz")]
    [TestCase("tiny_samed/lora_ckpt_cuda_tag.pth", "tiny_samed/lora_ckpt.npz")]
    [TestCase("tiny_samed/lora_ckpt_legacy.pth", "tiny_samed/lora_ckpt.npz")]
    [TestCase("tiny_samed/model_state.pth", "tiny_samed/model_state.npz")]
    [TestCase("tiny_samed_s/lora_ckpt.pth", "tiny_samed_s/lora_ckpt.npz")]
    [TestCase("tiny_samed_s/lora_ckpt_cuda_tag.pth", "tiny_samed_s/lora_ckpt.npz")]
    [TestCase("tiny_samed_s/model_state.pth", "tiny_samed_s/model_state.npz")]
    [TestCase("ckpt_load/sam_pretrained_256.pth", "ckpt_load/sam_pretrained_256.npz")]
    public void Tensors_equal_the_arrays(string checkpoint, string arrays)
    {
        using var file = TensorFile.Read(TestData.Golden(checkpoint));
        using var expected = NpzFile.Open(TestData.Golden(arrays));

        Assert.That(file.Names, Is.EquivalentTo(expected.Names));
        foreach (var name in file.Names.AtLeastOne())
        {
            GoldenTensors.AssertClose(file[name], expected[name], 0, name);
        }
    }

    [TestCase("tiny_samed")]
    [TestCase("tiny_samed_s")]
    public void Order_shapes_types_and_parameter_flags_are_the_reference_s(string folder)
    {
        var info = TensorFile.Identify(TestData.Golden($"{folder}/lora_ckpt.pth"));
        var lines = info.Tensors.Select(tensor => $"{tensor.Name}\t{Python(tensor.Shape)}\ttorch.{ElementTypes.NameOf(tensor.Type)}\t{(tensor.IsParameter ? "Parameter" : "Tensor")}");

        Assert.That(lines, Is.EqualTo(File.ReadAllLines(TestData.Golden($"{folder}/lora_ckpt_keys.txt"))));
    }

    [TestCase(".pth")]
    [TestCase(".safetensors")]
    public void Written_again_a_file_has_the_same_tensors_order_flags_and_metadata(string extension)
    {
        using var folder = new TempFolder();
        using var file = TensorFile.Read(TestData.Golden("tiny_samed/lora_ckpt.pth"));
        var copy = folder.File($"copy{extension}");
        var metadata = new Dictionary<string, string> { ["samed"] = "{\"rank\":4}", ["note"] = "Leber \"1\"" };

        TensorFile.Write(copy, file.Names.Select(name => new TensorEntry(name, file[name], file.IsParameter(name))), metadata);
        using var again = TensorFile.Read(copy);

        Assert.That(again.Names, Is.EqualTo(file.Names));
        Assert.That(again.Metadata, Is.EquivalentTo(metadata));
        Assert.Multiple(() =>
        {
            foreach (var name in file.Names.AtLeastOne())
            {
                Assert.That(again.IsParameter(name), Is.EqualTo(file.IsParameter(name)), name);
                Assert.That(again[name].equal(file[name]).all().item<bool>(), name);
            }
        });
    }

    private static string Python(IReadOnlyList<long> shape) => shape.Count == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape)})";
}
