using System.Text.Json;
using SAMed.MLNet.Modeling.Adapters;
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
        var actual = network.state_dict().Select(entry =>
            $"{entry.Key}\t[{string.Join(", ", entry.Value.shape)}]\t{(!parameters.Contains(entry.Key) ? "buffer" : trainable.Contains(entry.Key) ? "trainable" : "frozen")}");

        // SAMed_s names the last attention's updates a second time at the root.
        Assert.That(actual, Is.EquivalentTo(File.ReadLines(path).Where(line => !SamedNames.IsAlias(line)).Select(line => line.Split(" (same tensor")[0])));
    }

    [Test]
    public void Parameter_counts_equal_the_published_code()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(TestData.Golden("param_counts/param_counts.json")));
        foreach (var row in json.RootElement.EnumerateArray().AtLeastOne())
        {
            var (vit, model, rank) = (row.GetProperty("vit").GetString()!, row.GetProperty("model").GetString()!, row.GetProperty("rank").GetInt32());
            using var network = Create(vit, model, row.GetProperty("num_classes").GetInt32(), rank, row.GetProperty("img_size").GetInt32());
            var what = $"{vit} {model} {row.GetProperty("num_classes")}";

            Assert.That(network.parameters().Sum(parameter => parameter.numel()), Is.EqualTo(row.GetProperty("total").GetInt64()), $"total of {what}");
            Assert.That(network.TrainableParameters.Sum(named => named.Parameter.numel()), Is.EqualTo(row.GetProperty("trainable").GetInt64()), $"trainable of {what}");
        }
    }

    private static SamNetwork Create(string vit, string model, int classes, int rank, int imageSize) => SamNetwork.Create(
        SamRegistry.Resolve(vit) with { NumClasses = classes, ImageSize = imageSize },
        new LoraOptions { Rank = rank, Placement = model == "SAMed_s" ? LoraPlacement.EncoderDecoder : LoraPlacement.Encoder },
        new Device(DeviceType.META),
        seed: 0);
}
