using SAMed.MLNet.Modeling.Adapters;

namespace SAMed.MLNet.Modeling.Tests.Adapters;

/// <summary>Blocks as options and search spaces write them.</summary>
public class LoraLayersTests
{
    [TestCase("0", 12, "0")]
    [TestCase("6-8, 0,7", 12, "0 6 7 8")]
    [TestCase("0-11", 12, "0 1 2 3 4 5 6 7 8 9 10 11")]
    [TestCase("12", 12, null)]
    [TestCase("3-2", 12, null)]
    [TestCase("1-2-3", 12, null)]
    [TestCase("-1", 12, null)]
    [TestCase("", 12, null)]
    [TestCase("a", 12, null)]
    public void Numbers_and_ranges_name_blocks(string text, int depth, string? expected)
    {
        var isList = LoraLayers.TryParse(text, depth, out var layers);

        Assert.That(isList, Is.EqualTo(expected is not null));
        Assert.That(layers is null ? null : string.Join(' ', layers), Is.EqualTo(expected));
    }
}
