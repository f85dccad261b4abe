using System.Text.Json;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Sam;

/// <summary>Names, shapes and counts of the published sizes, on the meta device: no weights are made.</summary>
[Category("Golden")]
public sealed class StateDictApprovalTests
{
    [TestCase("vit_b", "SAMed")]
    [TestCase("vit_h", "SAMed")]
    [TestCase("vit_b", "SAMed_s")]
    [TestCase("vit_h", "SAMed_s")]
    public void Keys_shapes_and_what_trains_equal_the_approved_list(string vit, string model)
    {
        var path = TestData.Golden($"param_counts/state_dict_keys_{vit}_{model}.tsv");
        using var network = Create(vit, model, classes: 8, rank: 4, imageSize: 512);
        var trainable = network.TrainableParameters.Select(named => named.Name).ToHashSet();
        var parameters = network.named_parameters().Select(named => named.name).ToHashSet();
        var actual = NetworkTensors.State(network).Select(entry =>
            $"{entry.Key}\t[{string.Join(", ", entry.Value.shape)}]\t{(!parameters.Contains(entry.Key) ? "buffer" : trainable.Contains(entry.Key) ? "trainable" : "frozen")}");

        // SAMed_s names the last attention's updates a second time at the root.
        Assert.That(actual, Is.EqualTo(File.ReadLines(path).Where(line => !SamedNames.IsAlias(line)).Select(line => line.Split(" (same tensor")[0])));
    }

    [Test]
    public void Parameter_counts_equal_the_published_code()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(TestData.Golden("param_counts/param_counts.json")));
        foreach (var row in json.RootElement.EnumerateArray().AtLeastOne())
        {
            long Of(string field) => row.GetProperty(field).GetInt64();
            var (vit, model, rank) = (row.GetProperty("vit").GetString()!, row.GetProperty("model").GetString()!, row.GetProperty("rank").GetInt32());
            using var network = Create(vit, model, row.GetProperty("num_classes").GetInt32(), rank, row.GetProperty("img_size").GetInt32());
            var what = $"{vit} {model} {row.GetProperty("num_classes")}";

            using var several = Assert.EnterMultipleScope();
            Assert.That(Count(network, _ => true), Is.EqualTo(Of("total")), $"total of {what}");
            Assert.That(network.TrainableParameters.Sum(named => named.Parameter.numel()), Is.EqualTo(Of("trainable")), $"trainable of {what}");
            Assert.That(Count(network, name => network.Adapter.SamName(name) is null), Is.EqualTo(Of("lora")), $"LoRA of {what}");
            Assert.That(Count(network, name => network.Adapter.SamName(name) is not null), Is.EqualTo(Of("sam_params")), $"SAM of {what}");
            Assert.That(Count(network, IsFrozenEncoder), Is.EqualTo(Of("image_encoder_frozen")), $"frozen image encoder of {what}");
            Assert.That(Count(network, name => name.StartsWith("sam.prompt_encoder.", StringComparison.Ordinal)), Is.EqualTo(Of("prompt_encoder")), $"prompt encoder of {what}");
            Assert.That(Count(network, name => name.StartsWith("sam.mask_decoder.", StringComparison.Ordinal) && network.Adapter.SamName(name) is not null), Is.EqualTo(Of("mask_decoder")), $"mask decoder of {what}");
            var file = LoraLayout.Of(network, withImageEncoder: false);
            Assert.That(file, Has.Count.EqualTo(Of("ckpt_tensors")), $"tensors in the LoRA file of {what}");
            Assert.That(file.Sum(slot => slot.Tensor.numel()), Is.EqualTo(Of("ckpt_elements")), $"elements in the LoRA file of {what}");

            bool IsFrozenEncoder(string name) => name.StartsWith("sam.image_encoder.", StringComparison.Ordinal) && !network.Adapter.Trains(name);
        }
    }

    private static long Count(SamNetwork network, Func<string, bool> counts) =>
        network.named_parameters().Where(named => counts(named.name)).Sum(named => named.parameter.numel());

    private static SamNetwork Create(string vit, string model, int classes, int rank, int imageSize) => SamNetwork.Create(
        SamRegistry.Resolve(vit) with { NumClasses = classes, ImageSize = imageSize },
        new LoraOptions { Rank = rank, Placement = model == "SAMed_s" ? LoraPlacement.EncoderDecoder : LoraPlacement.Encoder },
        new Device(DeviceType.META),
        seed: 0);
}
