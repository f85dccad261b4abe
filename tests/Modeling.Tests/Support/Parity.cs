using SAMed.MLNet.AsPublished;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Tests;

/// <summary>Compares two computations over the same parameters: what they give and every gradient.</summary>
internal static class Parity
{
    /// <summary>How far float32 outputs may differ, as a part of the largest value.</summary>
    public const double OutputTolerance = 1e-5;

    /// <summary>How far float32 gradients may differ, as a part of the tensor's largest value: rounding adds up over the layers.</summary>
    private const double GradientTolerance = 1e-4;

    /// <summary>How far both may differ in float64, where a difference that is not rounding shows.</summary>
    private const double DoubleTolerance = 1e-9;

    /// <summary>Gradients that vanish but for rounding, such as a key's bias before a softmax, are measured against this part of the largest gradient of all.</summary>
    private const double GradientFloor = 0.02;

    /// <summary>A small network with windows that need filling; every parameter that starts at zero or one is off it, since such a start hides faults.</summary>
    public static SamNetwork Network(SamOptions options, LoraOptions lora, long seed = 3)
    {
        var network = SamNetwork.Create(options, lora, CPU, seed);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var (name, parameter) in network.named_parameters())
        {
            if (parameter.dim() == 1 || name.Contains("linear_b_", StringComparison.Ordinal) || name.Contains("w_b.", StringComparison.Ordinal) || name.Contains("pos", StringComparison.Ordinal))
            {
                parameter.add_(randn(parameter.shape, generator: generator) * 0.1);
            }
        }
        return network;
    }

    /// <summary>8x8 tokens in windows of 5, which fill to 10x10, then one block over the whole grid, then windows again.</summary>
    public static SamOptions Small { get; } = new()
    {
        ImageSize = 64, PatchSize = 8, EmbedDim = 24, Depth = 3, NumHeads = 2, WindowSize = 5, GlobalAttnIndexes = [1],
        PromptEmbedDim = 16, MaskInChans = 4, DecoderNumHeads = 2, DecoderMlpDim = 32, IouHeadHiddenDim = 16, NumClasses = 3,
    };

    /// <summary>The module of a network at that place, for instance <c>image_encoder.blocks.0</c>.</summary>
    public static T Module<T>(SamNetwork network, string name) where T : Module =>
        (T)network.named_modules().Single(named => named.name == $"sam.{name}").module;

    /// <summary>Standard normal values, the same for the same seed.</summary>
    public static Tensor Values(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, generator: generator);
    }

    /// <summary>Both give the same for an input, and the same gradients of the input and of every parameter: in float32 to rounding, then in float64 exactly.
    /// The network is left in float64.</summary>
    public static void AssertSame(SamNetwork network, Tensor input, Func<Tensor, Tensor> fast, Func<AsPublishedSam, Tensor, Tensor> published)
    {
        AssertSameFloats(network, input, fast, published);
        network.to(ScalarType.Float64);
        AssertSame(network, input.to_type(ScalarType.Float64), fast, published, DoubleTolerance, DoubleTolerance);
    }

    /// <summary>The same in float32 only, for parts that are large.</summary>
    public static void AssertSameFloats(SamNetwork network, Tensor input, Func<Tensor, Tensor> fast, Func<AsPublishedSam, Tensor, Tensor> published) =>
        AssertSame(network, input, fast, published, OutputTolerance, GradientTolerance);

    private static void AssertSame(
        SamNetwork network, Tensor input, Func<Tensor, Tensor> fast, Func<AsPublishedSam, Tensor, Tensor> published, double outputTolerance, double gradientTolerance)
    {
        var plain = AsPublishedSam.Of(network);
        var expected = Differentiate(network, input, x => published(plain, x));
        var actual = Differentiate(network, input, fast);
        Assert.That(actual.Output.shape, Is.EqualTo(expected.Output.shape));
        Assert.That(actual.Output.dtype, Is.EqualTo(input.dtype));
        Assert.That(Largest(actual.Output - expected.Output), Is.LessThanOrEqualTo(outputTolerance * Math.Max(1, Largest(expected.Output))), $"{input.dtype} output");

        Assert.That(actual.Gradients.Keys, Is.EquivalentTo(expected.Gradients.Keys).And.Not.Empty);
        var floor = GradientFloor * expected.Gradients.Values.Max(Largest);
        Assert.Multiple(() =>
        {
            foreach (var (name, gradient) in expected.Gradients)
            {
                Assert.That(Largest(actual.Gradients[name] - gradient), Is.LessThanOrEqualTo(gradientTolerance * Math.Max(floor, Largest(gradient))), $"{input.dtype} {name}");
            }
        });
    }

    /// <summary>The output, and the gradients of a sum of it with fixed random weights.</summary>
    private static (Tensor Output, Dictionary<string, Tensor> Gradients) Differentiate(SamNetwork network, Tensor input, Func<Tensor, Tensor> compute)
    {
        foreach (var (_, parameter) in network.named_parameters())
        {
            parameter.grad = null;
        }
        var x = input.detach().clone();
        x.requires_grad = true;
        var output = compute(x);
        (output * Values(97, output.shape).to_type(output.dtype)).sum().backward();
        network.ThrowIfBackwardFailed();
        var gradients = network.named_parameters().Where(named => named.parameter.grad is not null).ToDictionary(named => named.name, named => named.parameter.grad!.clone());
        gradients["input"] = x.grad!;
        return (output.detach(), gradients);
    }

    private static double Largest(Tensor x) => x.abs().max().to_type(ScalarType.Float64).item<double>();
}
