using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Modeling.Tests.Sam;

public sealed class SamOptionsTests
{
    [TestCase("vit_b", 768, 12)]
    [TestCase("vit_l", 1024, 24)]
    [TestCase("VIT_H", 1280, 32)]
    public void Known_architectures_are_found_by_name(string name, int dim, int depth)
    {
        var options = SamRegistry.Resolve(name);

        Assert.That((options.EmbedDim, options.Depth, options.InputSize), Is.EqualTo((dim, depth, (int?)224)));
        Assert.That(options.Validate, Throws.Nothing);
    }

    [Test]
    public void An_unknown_name_lists_the_known_ones() =>
        Assert.That(() => SamRegistry.Resolve("vit_x"), Throws.TypeOf<SamOptionsException>().With.Message.Contains("vit_b").And.Message.Contains("vit_x"));

    [Test]
    public void Json_comes_back_as_it_went()
    {
        var options = SamOptions.VitL with { InputSize = null, PixelMean = [1, 2, 3.5], NumClasses = 3 };

        Assert.That(SamOptions.FromJson(options.ToJson()), Is.EqualTo(options));
        Assert.That(options.ToJson(), Does.Contain("\"global_attn_indexes\"").And.Not.Contain("input_size"));
    }

    [Test, Category("Golden")]
    public void The_published_configurations_are_read()
    {
        var tiny = SamRegistry.Resolve(TestData.Golden("tiny_samed/config.json"));
        var pipeline = SamRegistry.Resolve(TestData.Golden("pipeline/config.json"));

        Assert.That(tiny.InputSize, Is.Null);
        Assert.That(pipeline.InputSize, Is.GreaterThan(0));
        Assert.That(tiny.GridSize * tiny.PatchSize, Is.EqualTo(tiny.ImageSize));
    }

    [Test]
    public void Every_fault_is_reported_at_once()
    {
        var options = new SamOptions { ImageSize = 100, EmbedDim = 770, Depth = 0, PixelStd = [1, 0, 1], GlobalAttnIndexes = [40], NumClasses = 0, MlpRatio = double.NaN };

        Assert.That(options.Validate, Throws.TypeOf<SamOptionsException>().With.Message.Contains("image_size is 100").And.Message.Contains("embed_dim")
            .And.Message.Contains("depth is 0").And.Message.Contains("pixel_std").And.Message.Contains("block 40").And.Message.Contains("num_classes is 0").And.Message.Contains("mlp_ratio"));
    }

    [TestCase("[]")]
    [TestCase("null")]
    [TestCase("{\"image_size\": \"big\"}")]
    [TestCase("{\"global_attn_indexes\": null}")]
    [TestCase("{")]
    public void Json_that_is_no_configuration_is_a_clear_error(string json) => Assert.That(() => SamOptions.FromJson(json), Throws.TypeOf<SamOptionsException>());

    [Test]
    public void A_file_that_is_absent_or_broken_is_named()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("broken.json"), "{\"depth\": -1}");

        Assert.That(() => SamOptions.FromJsonFile(folder.File("none.json")), Throws.TypeOf<SamOptionsException>().With.Message.Contains("none.json"));
        Assert.That(() => SamRegistry.Resolve(folder.File("broken.json")), Throws.TypeOf<SamOptionsException>().With.Message.Contains("broken.json").And.Message.Contains("depth is -1"));
    }
}
