using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Sam;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>Names and shapes from sizes, and sizes from shapes.</summary>
public sealed class SamLayoutTests
{
    [TestCase("vit_b")]
    [TestCase("vit_l")]
    [TestCase("vit_h")]
    public void Names_and_shapes_are_the_network_s_and_tell_its_sizes(string name) => AssertLayout(SamRegistry.Resolve(name) with { ImageSize = 1024, NumClasses = 3 });

    [TestCase("tiny_samed")]
    [TestCase("ckpt_load")]
    [TestCase("pipeline")]
    [Category("Golden")]
    public void So_they_are_of_small_networks(string folder) => AssertLayout(SamOptions.FromJsonFile(TestData.Golden($"{folder}/config.json")));

    private static void AssertLayout(SamOptions options)
    {
        using var network = SamNetwork.Create(options, new LoraOptions { Placement = LoraPlacement.None }, META, seed: 0);
        var expected = NetworkTensors.Sam(network).ToDictionary(pair => pair.Key, pair => pair.Value.shape);

        Assert.That(Lines(SamLayout.Of(options)), Is.EquivalentTo(Lines(expected)));
        Assert.That(Lines(SamLayout.Of(SamSizes.Of(expected))), Is.EquivalentTo(Lines(expected)));
    }

    private static IEnumerable<string> Lines(IReadOnlyDictionary<string, long[]> shapes) => shapes.Select(pair => $"{pair.Key} [{string.Join(", ", pair.Value)}]");
}
