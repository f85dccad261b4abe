using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>Loading SAM files of another image size and class count, against the published code's own result.</summary>
[Category("Golden")]
public sealed class SamCheckpointTests
{
    private static readonly LoraOptions NoLora = new() { Placement = LoraPlacement.None };

    private static IEnumerable<TestCaseData> Loadings() => TestData.GoldenCases(
        "ckpt_load", folder => Directory.EnumerateFiles(folder, "loaded_*classes.tsv").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal));

    private static string Pretrained() => Directory.EnumerateFiles(TestData.Golden("ckpt_load"), "sam_pretrained_*.pth").Single();

    [TestCaseSource(nameof(Loadings))]
    public void Each_key_meets_the_fate_it_meets_in_the_reference(string loading)
    {
        using var scope = NewDisposeScope();
        using var network = Create(loading, NoLora);
        using var before = new TensorCopies(network);
        using var file = TensorFile.Read(Pretrained());

        var report = SamCheckpoint.Load(network, file);

        Assert.That(
            report.Entries.Select(entry => $"{entry.Key}\t{Name(entry.Action)}"),
            Is.EqualTo(File.ReadAllLines(TestData.Golden($"ckpt_load/{loading}.tsv"))));
        Assert.Multiple(() =>
        {
            foreach (var entry in report.Entries.Where(entry => entry.Action != SamLoadAction.Interpolated).AtLeastOne())
            {
                var expected = entry.Action == SamLoadAction.Copied ? file[entry.Key] : before[$"sam.{entry.Key}"];
                Assert.That(network.state_dict()[$"sam.{entry.Key}"].equal(expected).all().item<bool>(), entry.Key);
            }
        });
    }

    // Only the loadings of another image size than the file's own interpolate anything; the others have no arrays.
    private static IEnumerable<TestCaseData> InterpolatedLoadings() => TestData.GoldenCases(
        "ckpt_load", folder => Directory.EnumerateFiles(folder, "loaded_*classes.npz").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal));

    [TestCaseSource(nameof(InterpolatedLoadings))]
    public void Interpolated_positions_equal_the_reference(string loading)
    {
        var arrays = TestData.Golden($"ckpt_load/{loading}.npz");
        using var scope = NewDisposeScope();
        using var network = Create(loading, new LoraOptions());
        SamCheckpoint.Load(network, Pretrained());
        using var expected = NpzFile.Open(arrays);
        foreach (var name in expected.Names.AtLeastOne())
        {
            GoldenTensors.AssertClose(network.state_dict()[$"sam.{name}"], expected[name], 1e-6, name);
        }
    }

    [Test]
    public void A_loaded_network_computes_what_the_reference_computes()
    {
        var forward = Directory.EnumerateFiles(TestData.Golden("ckpt_load"), "forward_*classes.npz").Single();
        var loading = Path.GetFileNameWithoutExtension(forward).Replace("forward", "loaded", StringComparison.Ordinal);
        using var scope = NewDisposeScope();
        using var network = Create(loading, NoLora);
        SamCheckpoint.Load(network, Pretrained());
        using var full = NpzFile.Open(forward.Replace("forward", "model", StringComparison.Ordinal).Replace(".npz", "_full.npz", StringComparison.Ordinal));
        using var noGrad = no_grad();
        foreach (var (name, tensor) in network.state_dict())
        {
            var expected = full[full.Contains(name) ? name : name["sam.".Length..]].ToTensor();
            if (File.ReadAllLines(TestData.Golden($"ckpt_load/{loading}.tsv")).Contains($"{name["sam.".Length..]}\tkept_initial"))
            {
                tensor.copy_(expected);                                                        // the reference's own random values
            }
            Assert.That((tensor - expected).abs().max().item<float>(), Is.LessThanOrEqualTo(1e-6f), name);
        }
        using var golden = NpzFile.Open(forward);
        using var output = network.call(golden["input"].ToTensor());

        GoldenTensors.AssertClose(output.LowResLogits, golden["low_res_logits"], 1e-5, "low_res_logits");
        GoldenTensors.AssertClose(output.IouPredictions, golden["iou_predictions"], 1e-5, "iou_predictions");
    }

    [TestCase(".pth")]
    [TestCase(".safetensors")]
    public void A_saved_network_has_the_names_and_order_of_SAM_s_own_files_and_loads_into_another(string extension)
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        using var network = Create("loaded_256_3classes", new LoraOptions { Placement = LoraPlacement.EncoderDecoder, Rank = 2 });
        SamCheckpoint.Load(network, Pretrained());
        SamCheckpoint.Save(network, folder.File($"saved{extension}"));
        using var other = Create("loaded_256_3classes", new LoraOptions());
        var report = SamCheckpoint.Load(other, folder.File($"saved{extension}"));

        Assert.That(TensorFile.Identify(folder.File($"saved{extension}")).Tensors.Select(tensor => tensor.Name), Is.EqualTo(TensorFile.Identify(Pretrained()).Tensors.Select(tensor => tensor.Name)));
        Assert.That(report.Count(SamLoadAction.Copied), Is.EqualTo(report.Entries.Count));
        Assert.That(report.Unused, Is.Empty);
        Assert.That(other.state_dict()["sam.mask_decoder.mask_tokens.weight"].equal(network.state_dict()["sam.mask_decoder.mask_tokens.weight"]).all().item<bool>());
    }

    [TestCase("sam.")]
    [TestCase("model/")]
    [TestCase("state_dict/module.")]
    public void Names_under_a_prefix_are_found(string prefix)
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        using var file = TensorFile.Read(Pretrained());
        TensorFile.Write(folder.File("wrapped.safetensors"), file.Names.Select(name => new TensorEntry(prefix + name, file[name])).Append(new TensorEntry("optimizer/exp_avg", zeros(3))));
        using var network = Create("loaded_256_3classes", NoLora);

        var report = SamCheckpoint.Load(network, folder.File("wrapped.safetensors"));

        Assert.That(report.Count(SamLoadAction.Copied), Is.EqualTo(file.Names.Count));
        Assert.That(report.Unused, Is.EqualTo(new[] { "optimizer/exp_avg" }));
        Assert.That(report.ToString(), Does.Contain(prefix));
    }

    [Test]
    public void A_file_of_another_encoder_is_refused_with_all_its_keys_and_changes_nothing()
    {
        using var scope = NewDisposeScope();
        var options = SamOptions.FromJsonFile(TestData.Golden("ckpt_load/config.json"));
        var other = options with { EmbedDim = options.EmbedDim * 2, Depth = options.Depth + 2, ImageSize = options.ImageSize / 2 };
        using var network = SamNetwork.Create(other, NoLora, CPU, seed: 3);
        using var before = new TensorCopies(network);
        var pretrained = Pretrained();

        var error = Assert.Throws<CheckpointMismatchException>(() => SamCheckpoint.Load(network, pretrained))!;

        Assert.That(error.Message, Does.Contain($"embed_dim: the file has {options.EmbedDim}, the network {other.EmbedDim}").And.Contain($"the network {other.Depth}"));
        Assert.That(error.Missing, Has.Some.StartsWith($"image_encoder.blocks.{options.Depth}."));
        Assert.That(error.WrongShape.Select(mismatch => mismatch.Name), Has.Member("image_encoder.patch_embed.proj.weight"));
        Assert.That(error.Message, Has.Length.LessThan(4000));
        Assert.That(network.state_dict().All(pair => pair.Value.equal(before[pair.Key]).all().item<bool>()));
    }

    [TestCase("tiny_samed/lora_ckpt.pth", "SAMed LoRA file")]
    [TestCase("tiny_samed_s/lora_ckpt.pth", "SAMed_s LoRA file")]
    [TestCase("tiny_samed/model_state.pth", "whole SAMed network")]
    public void Another_kind_of_file_is_named(string path, string what)
    {
        var other = TestData.Golden(path);
        using var scope = NewDisposeScope();
        using var network = Create("loaded_256_3classes", NoLora);

        var error = Assert.Throws<CheckpointMismatchException>(() => SamCheckpoint.Load(network, other))!;

        Assert.That(error.Message, Does.Contain(what));
    }

    private static SamNetwork Create(string loading, LoraOptions lora)
    {
        var parts = loading.Split('_');
        var options = SamOptions.FromJsonFile(TestData.Golden("ckpt_load/config.json")) with
        {
            ImageSize = int.Parse(parts[1]),
            NumClasses = int.Parse(parts[2].Replace("classes", string.Empty, StringComparison.Ordinal)),
        };
        return SamNetwork.Create(options, lora, CPU, seed: 7);
    }

    private static string Name(SamLoadAction action) => action switch
    {
        SamLoadAction.Copied => "copied",
        SamLoadAction.Interpolated => "interpolated",
        _ => "kept_initial",
    };
}
