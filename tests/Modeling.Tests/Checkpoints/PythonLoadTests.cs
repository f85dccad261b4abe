using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>PyTorch itself reads what is written here, with <c>torch.load(weights_only=True)</c>.</summary>
[Category("Golden")]
[Category("Python")]
public sealed class PythonLoadTests
{
    // One line per entry: key, type in Python, dtype, shape, requires_grad and the hash of the values' bytes. PyTorch 1.13 has no weights_only for the legacy form.
    private const string Describe = """
        import hashlib, sys, torch
        for path in sys.argv[1:]:
            zipped = open(path, 'rb').read(2) == b'PK'
            state = torch.load(path, map_location='cpu', weights_only=zipped)
            print(type(state).__name__, len(state))
            for key, value in state.items():
                data = hashlib.sha256(value.detach().contiguous().numpy().tobytes()).hexdigest()
                print(key, type(value).__name__, value.dtype, tuple(value.shape), value.requires_grad, data)
        """;

    [TestCase("tiny_samed")]
    [TestCase("tiny_samed_s")]
    public void A_LoRA_file_is_to_Python_what_the_reference_s_is(string folder)
    {
        using var temp = new TempFolder();
        using var network = GoldenModel.Load(folder);
        var reference = TestData.Golden($"{folder}/lora_ckpt.pth");
        LoraCheckpoint.Load(network, reference);
        LoraCheckpoint.Save(network, temp.File("ours/lora_ckpt.pth"), LoraMetadata.Of(network));

        AssertSameInPython(temp.File("ours/lora_ckpt.pth"), reference);
    }

    [TestCase("tiny_samed/lora_ckpt.pth")]
    [TestCase("tiny_samed/lora_ckpt_legacy.pth")]
    [TestCase("tiny_samed_s/lora_ckpt.pth")]
    [TestCase("ckpt_load/sam_pretrained_256.pth")]
    public void A_file_that_went_through_safetensors_is_to_Python_what_it_was(string path)
    {
        using var temp = new TempFolder();
        var source = TestData.Golden(path);
        CheckpointConverter.Convert(source, temp.File("there.safetensors"));
        CheckpointConverter.Convert(temp.File("there.safetensors"), temp.File(Path.GetFileName(path)));

        AssertSameInPython(temp.File(Path.GetFileName(path)), source);
    }

    private static void AssertSameInPython(string ours, string theirs)
    {
        var lines = PythonTorch.Run(Describe, ours, theirs);
        var (first, second) = (lines[..(lines.Length / 2)], lines[(lines.Length / 2)..]);
        Assert.That(first, Has.Length.GreaterThan(1));
        Assert.That(first, Is.EqualTo(second));
    }
}
