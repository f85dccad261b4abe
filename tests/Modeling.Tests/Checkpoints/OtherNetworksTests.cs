using System.Text;
using System.Text.Json.Nodes;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>Deeper encoders, where the published code picks the wrong blocks, and adapters from outside.</summary>
public sealed class OtherNetworksTests
{
    private static readonly SamOptions Small = new()
    {
        ImageSize = 64, EmbedDim = 16, Depth = 2, NumHeads = 2, WindowSize = 3, GlobalAttnIndexes = [1], PromptEmbedDim = 16, DecoderMlpDim = 16, IouHeadHiddenDim = 16, NumClasses = 2,
    };

    [TestCase("vit_l")]
    [TestCase("vit_h")]
    public void From_1024_to_512_the_positions_of_the_real_global_blocks_are_interpolated_and_all_else_is_copied(string vit)
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        var published = SamRegistry.Resolve(vit);
        var options = Small with { Depth = published.Depth, GlobalAttnIndexes = published.GlobalAttnIndexes, ImageSize = 512 };
        using var large = SamNetwork.Create(options with { ImageSize = 1024 }, new LoraOptions(), CPU, seed: 1);
        DrawPositions(large);
        SamCheckpoint.Save(large, folder.File("large.pth"));
        using var network = SamNetwork.Create(options, new LoraOptions(), CPU, seed: 2);

        var report = SamCheckpoint.Load(network, folder.File("large.pth"));

        string[] expected = ["image_encoder.pos_embed", .. published.GlobalAttnIndexes.SelectMany(block => new[] { $"image_encoder.blocks.{block}.attn.rel_pos_h", $"image_encoder.blocks.{block}.attn.rel_pos_w" })];
        Assert.That(report.Entries.Where(entry => entry.Action == SamLoadAction.Interpolated).Select(entry => entry.Key), Is.EqualTo(expected));
        Assert.That(report.Count(SamLoadAction.KeptInitial), Is.Zero);
        var (before, after) = (NetworkTensors.Sam(large).ToDictionary(pair => pair.Key, pair => pair.Value), NetworkTensors.Sam(network).ToDictionary(pair => pair.Key, pair => pair.Value));
        using var several = Assert.EnterMultipleScope();
        foreach (var entry in report.Entries)
        {
            var (source, loaded) = (before[entry.Key], after[entry.Key]);
            var wanted = entry.Action == SamLoadAction.Copied ? source : entry.Key.EndsWith("pos_embed", StringComparison.Ordinal) ? HalvedPlane(source) : Shortened(source, loaded.shape[0]);
            Assert.That((loaded - wanted).abs().max().item<float>(), Is.LessThanOrEqualTo(entry.Action == SamLoadAction.Copied ? 0 : 1e-6f), entry.Key);
        }
    }

    [TestCase("vit_l")]
    [TestCase("vit_h")]
    public void What_was_loaded_at_512_runs(string vit)
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var published = SamRegistry.Resolve(vit);
        var options = Small with { Depth = published.Depth, GlobalAttnIndexes = published.GlobalAttnIndexes, ImageSize = 256 };
        using (var large = SamNetwork.Create(options with { ImageSize = 512 }, new LoraOptions(), CPU, seed: 1))
        {
            SamCheckpoint.Save(large, folder.File("large.safetensors"));
        }
        using var network = SamNetwork.Create(options, new LoraOptions(), CPU, seed: 2);
        SamCheckpoint.Load(network, folder.File("large.safetensors"));

        using var output = network.call(rand(1, 1, 256, 256));

        Assert.That(output.LowResLogits.shape, Is.EqualTo(new long[] { 1, options.NumClasses + 1, 64, 64 }));
        Assert.That(output.Masks.isfinite().all().item<bool>());
    }

    [TestCase("vit_b", "vit_h")]
    [TestCase("vit_h", "vit_l")]
    [TestCase("vit_l", "vit_b")]
    public void A_checkpoint_of_another_size_says_which_model_it_is(string ofFile, string ofNetwork)
    {
        using var folder = new TempFolder();
        using var network = SamNetwork.Create(SamRegistry.Resolve(ofNetwork), new LoraOptions(), new Device(DeviceType.META), seed: 1);
        using var other = SamNetwork.Create(SamRegistry.Resolve(ofFile), new LoraOptions(), new Device(DeviceType.META), seed: 1);
        WriteShapes(folder.File("sam.safetensors"), NetworkTensors.Sam(other).Select(pair => (pair.Key, pair.Value.shape)));

        Assert.That(() => SamCheckpoint.Load(network, folder.File("sam.safetensors")), Throws.TypeOf<CheckpointMismatchException>().With.Message.Contains($"Choose the model {ofFile}"));
    }

    /// <summary>A file whose tensors have the right names and shapes, which is all that decides here; its gigabytes of zeros are a hole that takes no space.</summary>
    private static void WriteShapes(string path, IEnumerable<(string Name, long[] Shape)> tensors)
    {
        var header = new JsonObject();
        var end = 0L;
        foreach (var (name, shape) in tensors)
        {
            var start = end;
            end += sizeof(float) * shape.Aggregate(1L, (product, length) => product * length);
            header[name] = new JsonObject { ["dtype"] = "F32", ["shape"] = new JsonArray([.. shape.Select(length => JsonValue.Create(length))]), ["data_offsets"] = new JsonArray(start, end) };
        }
        var bytes = Encoding.UTF8.GetBytes(header.ToJsonString());
        using var file = File.Create(path);
        file.Write(BitConverter.GetBytes((long)bytes.Length));
        file.Write(bytes);
        file.SetLength(sizeof(long) + bytes.Length + end);
    }

    /// <summary>Positions start at zero, which any interpolation keeps: random ones tell right from wrong.</summary>
    private static void DrawPositions(SamNetwork network)
    {
        using var noGrad = no_grad();
        foreach (var (_, tensor) in network.state_dict().Where(pair => pair.Key.Contains("pos_embed", StringComparison.Ordinal) || pair.Key.Contains("rel_pos_", StringComparison.Ordinal)))
        {
            tensor.normal_(0, 1);
        }
    }

    /// <summary>Bilinear at half the size, pixel centres aligned: [1, 2h, 2w, D] to [1, h, w, D] takes the mean of every 2×2.</summary>
    private static Tensor HalvedPlane(Tensor source) =>
        source.view(1, source.shape[1] / 2, 2, source.shape[2] / 2, 2, source.shape[3]).mean([2, 4]);

    /// <summary>Linear along the first axis, pixel centres aligned: row i of n lies at (i + 0.5) length / n - 0.5 of the source.</summary>
    private static Tensor Shortened(Tensor source, long length)
    {
        var at = (arange(length, dtype: ScalarType.Float64) + 0.5) * ((double)source.shape[0] / length) - 0.5;
        var below = at.floor().clamp(0, source.shape[0] - 2);
        var share = (at - below).to_type(ScalarType.Float32).unsqueeze(1);
        var row = below.to_type(ScalarType.Int64);
        return source.index_select(0, row) * (1 - share) + source.index_select(0, row + 1) * share;
    }

    [Test]
    public void An_adapter_from_outside_saves_loads_and_leaves_SAM_s_names_alone()
    {
        using var folder = new TempFolder();
        using var network = SamNetwork.Create(Small, new ScaleAdapter(), CPU, seed: 1);
        using var other = SamNetwork.Create(Small, new ScaleAdapter(), CPU, seed: 2);
        using (no_grad())
        {
            network.state_dict()["sam.image_encoder.blocks.1.attn.qkv.scale"].fill_(3);
        }

        SamCheckpoint.Save(network, folder.File("sam.pth"));
        LoraCheckpoint.Save(network, folder.File("adapter.pth"), LoraMetadata.Of(network));
        SamCheckpoint.Load(other, folder.File("sam.pth"));
        LoraCheckpoint.Load(other, folder.File("adapter.pth"));

        var expected = network.state_dict();
        Assert.That(TensorFile.Identify(folder.File("sam.pth")).Tensors.Select(tensor => tensor.Name), Has.Member("image_encoder.blocks.1.attn.qkv.weight"));
        Assert.That(other.state_dict().Where(pair => !pair.Value.equal(expected[pair.Key]).all().item<bool>()).Select(pair => pair.Key), Is.Empty);
    }

    private sealed class ScaleAdapter : ISamAdapter
    {
        public Module<Tensor, Tensor> CreateQkv(int block, int channels, Device device) => new ScaledQkv(channels, device);

        public Module<Tensor, Tensor> CreateDecoderProjection(int inputs, int outputs, Device device) => Linear(inputs, outputs, device: device);

        public bool Trains(string parameterName) => parameterName.EndsWith(".scale", StringComparison.Ordinal) || parameterName.Contains("mask_decoder", StringComparison.Ordinal);

        public string? SamName(string stateName) =>
            stateName.EndsWith(".scale", StringComparison.Ordinal) ? null : stateName["sam.".Length..].Replace(".qkv.inner.", ".qkv.", StringComparison.Ordinal);

        public void Validate(int encoderDepth)
        {
        }
    }

    private sealed class ScaledQkv : Module<Tensor, Tensor>
    {
        private readonly Linear inner;
        private readonly Parameter scale;

        public ScaledQkv(int channels, Device device) : base(nameof(ScaledQkv))
        {
            inner = Linear(channels, 3 * channels, device: device);
            scale = new Parameter(ones(1, device: device));
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => inner.call(x) * scale;
    }
}
