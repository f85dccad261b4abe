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
    public void Tables_of_the_real_global_blocks_are_interpolated(string vit)
    {
        using var folder = new TempFolder();
        var published = SamRegistry.Resolve(vit);
        var options = Small with { Depth = published.Depth, GlobalAttnIndexes = published.GlobalAttnIndexes };
        using (var large = SamNetwork.Create(options with { ImageSize = 128 }, new LoraOptions(), CPU, seed: 1))
        {
            SamCheckpoint.Save(large, folder.File("large.pth"));
        }
        using var network = SamNetwork.Create(options, new LoraOptions(), CPU, seed: 2);

        var report = SamCheckpoint.Load(network, folder.File("large.pth"));

        Assert.That(
            report.Entries.Where(entry => entry.Action == SamLoadAction.Interpolated && entry.Key.Contains("rel_pos_h", StringComparison.Ordinal)).Select(entry => int.Parse(entry.Key.Split('.')[2])),
            Is.EqualTo(published.GlobalAttnIndexes));
        Assert.That(report.Count(SamLoadAction.KeptInitial), Is.Zero);
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
