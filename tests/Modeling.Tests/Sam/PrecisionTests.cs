using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Losses;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Tests.Sam;

/// <summary>bfloat16 in the transformer layers: near to float32 in outputs and gradients, and nothing stored changes.</summary>
public sealed class PrecisionTests
{
    // bfloat16 rounds to 1 part in 256; errors of the layers partly cancel.
    private const double Near = 0.05;

    [TestCase("tiny_samed")]
    [TestCase("tiny_samed_s")]
    public void Outputs_are_float32_and_near_those_of_float32(string folder)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var network = GoldenModel.Load(folder);
        using var golden = NpzFile.Open(TestData.Golden($"{folder}/forward.npz"));
        var images = golden["input"].ToTensor();
        var exact = network.call(images);
        network.Precision = Precision.Bf16;
        var output = network.call(images);

        Assert.That(new[] { output.Masks.dtype, output.LowResLogits.dtype, output.IouPredictions.dtype }, Is.All.EqualTo(ScalarType.Float32));
        Assert.That(Relative(output.LowResLogits, exact.LowResLogits), Is.GreaterThan(0).And.LessThan(Near));
        Assert.That(Relative(output.IouPredictions, exact.IouPredictions), Is.LessThan(Near));
        Assert.That(output.Masks.argmax(1).eq(exact.Masks.argmax(1)).to_type(ScalarType.Float32).mean().item<float>(), Is.GreaterThan(0.98f));
    }

    [TestCase("tiny_samed")]
    [TestCase("tiny_samed_s")]
    public void Gradients_are_float32_and_point_where_those_of_float32_do(string folder)
    {
        using var scope = NewDisposeScope();
        using var network = GoldenModel.Load(folder);
        var exact = Gradients(network, folder);
        network.Precision = Precision.Bf16;
        var rough = Gradients(network, folder);

        Assert.That(rough.Keys, Is.EquivalentTo(exact.Keys));
        Assert.That(rough.Values.Select(gradient => gradient.dtype), Is.All.EqualTo(ScalarType.Float32));
        Assert.That(Cosine(Joined(exact), Joined(rough)), Is.GreaterThan(0.99));
        Assert.Multiple(() =>
        {
            // The key bias has a true gradient of zero; a tensor with few and small entries suffers most from rounding.
            foreach (var (name, gradient) in exact.Where(named => !named.Key.EndsWith("k_proj.bias", StringComparison.Ordinal)).AtLeastOne())
            {
                Assert.That(Cosine(rough[name], gradient), Is.GreaterThan(0.8), name);
            }
        });
    }

    [Test]
    public void Switching_to_and_fro_leaves_weights_and_float32_results_as_they_were()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var network = GoldenModel.Load("tiny_samed");
        var before = network.state_dict().ToDictionary(named => named.Key, named => named.Value.clone());
        var images = rand(1, 1, 128, 128);
        var exact = network.LowResLogits(images);
        network.Precision = Precision.Bf16;
        network.LowResLogits(images);
        network.Precision = Precision.Fp32;

        Assert.That(network.LowResLogits(images).Equals(exact), Is.True);
        Assert.That(network.state_dict().All(named => named.Value.dtype == before[named.Key].dtype && named.Value.Equals(before[named.Key])), Is.True);
    }

    [Test]
    public void A_projection_of_an_unknown_adapter_gets_float32()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var adapter = new StrictAdapter();
        using var network = SamNetwork.Create(SamOptions.FromJsonFile(TestData.Golden("tiny_samed/config.json")), adapter, CPU, seed: 1);
        var images = rand(1, 1, 128, 128);
        var exact = network.LowResLogits(images);
        network.Precision = Precision.Bf16;
        var rough = network.LowResLogits(images);

        Assert.That(Relative(rough, exact), Is.GreaterThan(0).And.LessThan(Near));
        Assert.That(adapter.Seen, Is.Not.Empty.And.All.EqualTo(ScalarType.Float32));
    }

    [Test]
    public void Weights_of_another_type_than_float32_are_refused_in_bf16()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var network = GoldenModel.Load("tiny_samed");
        network.to(ScalarType.Float64);
        var images = rand(1, 1, 128, 128, ScalarType.Float64);
        network.Precision = Precision.Bf16;

        Assert.That(() => network.LowResLogits(images), Throws.InvalidOperationException.With.Message.Contains("Float64").And.Message.Contains("to(ScalarType.Float32)"));
        network.Precision = Precision.Fp32;
        Assert.That(network.LowResLogits(images).dtype, Is.EqualTo(ScalarType.Float64));
    }

    [Test]
    public void There_are_only_two_precisions()
    {
        using var network = GoldenModel.Load("tiny_samed");

        Assert.That(() => network.Precision = (Precision)7, Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(network.Precision, Is.EqualTo(Precision.Fp32));
    }

    private static Dictionary<string, Tensor> Gradients(SamNetwork network, string folder)
    {
        using var batches = NpzFile.Open(TestData.Golden($"{folder}/train3_adamw.npz"));
        var (images, labels) = (batches["inputs"].ToTensor().select(0, 0), batches["low_res_labels"].ToTensor().select(0, 0));
        network.zero_grad();
        CrossEntropyDice.Compute(network.LowResLogits(images), labels, 0.8).Total.backward();
        return network.TrainableParameters.Where(named => named.Parameter.grad is not null).ToDictionary(named => named.Name, named => named.Parameter.grad!.clone());
    }

    private static double Relative(Tensor got, Tensor expected) => ((got - expected).norm() / expected.norm()).item<float>();

    private static Tensor Joined(Dictionary<string, Tensor> gradients) => cat([.. gradients.OrderBy(named => named.Key, StringComparer.Ordinal).Select(named => named.Value.flatten())]);

    private static double Cosine(Tensor a, Tensor b) => ((a * b).sum() / (a.norm() * b.norm())).item<float>();

    /// <summary>Plain linear layers behind a type that the library does not know.</summary>
    private sealed class StrictAdapter : ISamAdapter
    {
        public List<ScalarType> Seen { get; } = [];

        public Module<Tensor, Tensor> CreateQkv(int block, int channels, Device device) => new Watched(Linear(channels, 3 * channels, device: device), Seen);

        public Module<Tensor, Tensor> CreateDecoderProjection(int inputs, int outputs, Device device) => new Watched(Linear(inputs, outputs, device: device), Seen);

        public bool Trains(string parameterName) => true;

        public void Validate(int encoderDepth)
        {
            // It fits every encoder.
        }
    }

    private sealed class Watched : Module<Tensor, Tensor>
    {
        private readonly Linear linear;
        private readonly List<ScalarType> _seen;

        public Watched(Linear linear, List<ScalarType> seen) : base(nameof(Watched))
        {
            (this.linear, _seen) = (linear, seen);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            _seen.Add(x.dtype);
            return linear.call(x);
        }
    }
}
