using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Tests.Adapters;

/// <summary>A method of fine-tuning that the library does not know takes part through the public interface alone.</summary>
public sealed class AdapterSeamTests
{
    private static readonly SamOptions Tiny = new()
    {
        ImageSize = 32, PatchSize = 8, EmbedDim = 16, Depth = 2, NumHeads = 2, WindowSize = 3, GlobalAttnIndexes = [1],
        PromptEmbedDim = 16, MaskInChans = 4, DecoderNumHeads = 2, DecoderMlpDim = 16, IouHeadHiddenDim = 16, NumClasses = 2,
    };

    [Test]
    public void Another_method_makes_its_own_projections_and_says_what_trains()
    {
        using var scope = NewDisposeScope();
        using var network = SamNetwork.Create(Tiny, new ScaleAdapter(), CPU, seed: 1);
        network.LowResLogits(rand(1, 1, 32, 32)).sum().backward();

        Assert.That(network.TrainableParameters.Select(named => named.Name), Is.EqualTo(new[]
        {
            "sam.image_encoder.blocks.0.attn.qkv.scale", "sam.image_encoder.blocks.1.attn.qkv.scale",
        }));
        Assert.That(network.TrainableParameters.All(named => named.Parameter.grad is not null), Is.True);
        Assert.That(network.Lora.Placement, Is.EqualTo(LoraPlacement.None));
    }

    private sealed class ScaleAdapter : ISamAdapter
    {
        public Module<Tensor, Tensor> CreateQkv(int block, int channels, Device device) => new ScaledLinear(channels, 3 * channels, device);

        public Module<Tensor, Tensor> CreateDecoderProjection(int inputs, int outputs, Device device) => Linear(inputs, outputs, device: device);

        public bool Trains(string parameterName) => parameterName.EndsWith(".qkv.scale", StringComparison.Ordinal);

        public void Validate(int encoderDepth) { }
    }

    private sealed class ScaledLinear : Module<Tensor, Tensor>
    {
        private readonly Parameter scale;
        private readonly Linear linear;

        public ScaledLinear(int inputs, int outputs, Device device) : base(nameof(ScaledLinear))
        {
            scale = new Parameter(ones(outputs, device: device));
            linear = Linear(inputs, outputs, device: device);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => linear.call(x) * scale;
    }
}
