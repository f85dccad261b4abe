using System.IO.Compression;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Checkpoints.Pickle;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>Files written here against those that torch.save wrote, byte by byte.</summary>
[Category("Golden")]
public sealed class TorchSaveTests
{
    [TestCase("tiny_samed")]
    [TestCase("tiny_samed_s")]
    public void A_LoRA_file_has_the_pickle_and_the_storages_that_torch_save_writes(string folder)
    {
        using var temp = new TempFolder();
        using var network = GoldenModel.Load(folder);
        LoraCheckpoint.Load(network, TestData.Golden($"{folder}/lora_ckpt.pth"));
        LoraCheckpoint.Save(network, temp.File("lora_ckpt.pth"), LoraMetadata.Of(network));

        var (ours, theirs) = (RecordsOf(temp.File("lora_ckpt.pth")), RecordsOf(TestData.Golden($"{folder}/lora_ckpt.pth")));

        Assert.That(ours.Keys.Except(theirs.Keys), Is.EqualTo(new[] { "lora_ckpt/samed.json" }), "the record of the training is all that is added");
        Assert.That(theirs.Keys.Except(ours.Keys), Is.Empty);
        Assert.That(ours["lora_ckpt/data.pkl"], Is.EqualTo(theirs["lora_ckpt/data.pkl"]), "the pickle");
        Assert.That(theirs.Keys.Where(name => !ours[name].AsSpan().SequenceEqual(theirs[name])), Is.Empty, "storages and version");
    }

    [TestCase("tiny_samed/model_state.pth")]
    [TestCase("tiny_samed_s/model_state.pth")]
    [TestCase("tiny_samed/lora_ckpt_cuda_tag.pth")]
    [TestCase("ckpt_load/sam_pretrained_256.pth")]
    public void Through_safetensors_and_back_the_tensors_keep_name_order_type_and_flags(string path)
    {
        using var temp = new TempFolder();
        var source = TestData.Golden(path);
        CheckpointConverter.Convert(source, temp.File("there.safetensors"));
        CheckpointConverter.Convert(temp.File("there.safetensors"), temp.File("back.pth"));
        Assert.That(TensorFile.Identify(temp.File("back.pth")).Tensors.Select(Line), Is.EqualTo(TensorFile.Identify(source).Tensors.Select(Line)));

        static string Line(TensorInfo tensor) => $"{tensor.Name} {tensor.ShapeText} {tensor.Type} {tensor.IsParameter} {tensor.RequiresGrad}";
    }

    [Test]
    public void Tensors_that_share_their_storage_still_share_it_after_converting()
    {
        using var temp = new TempFolder();
        using var weights = arange(6, dtype: ScalarType.Float32).view(2, 3);
        var (tied, dict) = (TensorMemory.Declare(new TensorEntry("a", weights)), new PickleDict(ordered: false));
        dict.Set("a", tied);
        dict.Set("b", tied);
        dict.Set("transposed", tied with { Shape = [3, 2], Stride = [1, 3] });
        TensorFile.Write(temp.File("tied.pth"), new FlatTree("tied.pth", dict), new Dictionary<string, string>());
        CheckpointConverter.Convert(temp.File("tied.pth"), temp.File("again.pth"));
        CheckpointConverter.Convert(temp.File("again.pth"), temp.File("apart.safetensors"));

        Assert.That(RecordsOf(temp.File("again.pth")).Keys.Where(name => name.Contains("/data/", StringComparison.Ordinal)), Is.EqualTo(new[] { "again/data/0", "again/data/1" }));
        foreach (var name in new[] { "again.pth", "apart.safetensors" })
        {
            using var file = TensorFile.Read(temp.File(name));
            Assert.That(file["a"].data<float>().ToArray(), Is.EqualTo(new float[] { 0, 1, 2, 3, 4, 5 }));
            Assert.That(file["b"].data<float>().ToArray(), Is.EqualTo(new float[] { 0, 1, 2, 3, 4, 5 }));
            Assert.That(file["transposed"].data<float>().ToArray(), Is.EqualTo(new float[] { 0, 3, 1, 4, 2, 5 }));
        }
    }

    private static Dictionary<string, byte[]> RecordsOf(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        return zip.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var content = new MemoryStream();
            using var stream = entry.Open();
            stream.CopyTo(content);
            return content.ToArray();
        });
    }
}
