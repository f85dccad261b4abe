using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Losses;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Tests.Sam;

/// <summary>Encoder blocks that are computed again for their gradients give the same gradients, bit for bit.</summary>
public sealed class CheckpointingTests
{
    [Test]
    public void Losses_and_gradients_are_those_without(
        [Values(LoraPlacement.None, LoraPlacement.Encoder, LoraPlacement.EncoderDecoder)] LoraPlacement placement,
        [Values] bool trainEncoder, [Values] Precision precision)
    {
        using var scope = NewDisposeScope();
        using var network = Tiny(new LoraAdapter(new LoraOptions { Placement = placement, TrainEncoder = trainEncoder }));
        network.Precision = precision;
        var (loss, gradients) = Step(network);
        network.Checkpointing = true;
        var (again, recomputed) = Step(network);

        Assert.That(again, Is.EqualTo(loss));
        AssertEqual(recomputed, gradients);
        Assert.That(gradients.Keys.Any(name => name.StartsWith("sam.image_encoder.blocks.", StringComparison.Ordinal)), Is.EqualTo(trainEncoder || placement != LoraPlacement.None));
    }

    [TestCase("tiny_samed")]
    [TestCase("tiny_samed_s")]
    public void Gradients_of_the_first_step_equal_the_reference(string folder)
    {
        using var scope = NewDisposeScope();
        using var network = GoldenModel.Load(folder);
        network.Checkpointing = true;
        using var batches = NpzFile.Open(TestData.Golden($"{folder}/train3_adamw.npz"));
        using var golden = NpzFile.Open(TestData.Golden($"{folder}/grads_step0.npz"));
        var (images, labels) = (batches["inputs"].ToTensor().select(0, 0), batches["low_res_labels"].ToTensor().select(0, 0));
        CrossEntropyDice.Compute(network.LowResLogits(images), labels, 0.8).Total.backward();

        Assert.Multiple(() =>
        {
            foreach (var (name, parameter) in network.TrainableParameters.Where(named => named.Name.Contains("image_encoder", StringComparison.Ordinal)).AtLeastOne())
            {
                var expected = golden[SamedNames.In(golden.Names, name)];
                GoldenTensors.AssertClose(parameter.grad!, expected, 1e-4 * expected.ToDouble().Max(Math.Abs), name);
            }
        });
    }

    [Test]
    public void Gradients_add_up_over_passes_as_they_do_without()
    {
        using var scope = NewDisposeScope();
        using var network = Tiny(new LoraAdapter(new LoraOptions { TrainEncoder = true }));
        Step(network);
        var twice = Step(network, fresh: false).Gradients;
        network.Checkpointing = true;
        Step(network);

        AssertEqual(Step(network, fresh: false).Gradients, twice);
    }

    [Test]
    public void Gradients_can_be_asked_for_without_being_gathered()
    {
        using var scope = NewDisposeScope();
        using var network = Tiny(new LoraAdapter(new LoraOptions()));
        var gathered = Step(network).Gradients;
        network.zero_grad();
        network.Checkpointing = true;
        var named = network.TrainableParameters.Where(named => gathered.ContainsKey(named.Name)).ToList();
        var asked = autograd.grad([Loss(network)], [.. named.Select(pair => pair.Parameter)]);

        AssertEqual(named.Zip(asked).ToDictionary(pair => pair.First.Name, pair => pair.Second), gathered);
        Assert.That(named.Select(pair => pair.Parameter.grad).All(gradient => gradient is null || gradient.abs().max().item<float>() == 0), Is.True);
    }

    [Test]
    public void Prediction_is_not_touched()
    {
        using var scope = NewDisposeScope();
        var calls = new CountingAdapter();
        using var network = Tiny(calls);
        using var mode = inference_mode();
        var images = rand(1, 1, 48, 48);
        var plain = network.LowResLogits(images);
        network.Checkpointing = true;
        calls.Count = 0;

        Assert.That(network.LowResLogits(images).Equals(plain), Is.True);
        Assert.That(calls.Count, Is.EqualTo(2));
    }

    [Test]
    public void Blocks_are_computed_once_forward_and_once_backward()
    {
        using var scope = NewDisposeScope();
        var calls = new CountingAdapter();
        using var network = Tiny(calls);
        network.Checkpointing = true;
        var loss = Loss(network);
        Assert.That(calls.Count, Is.EqualTo(2));
        loss.backward();

        Assert.That(calls.Count, Is.EqualTo(4));
    }

    [Test]
    public void Going_forward_autograd_keeps_nothing_of_a_block()
    {
        using var scope = NewDisposeScope();
        var calls = new CountingAdapter();
        using var network = Tiny(calls);
        _ = Loss(network);
        Assert.That(calls.Recorded, Is.EqualTo(new[] { true, true }));
        calls.Recorded.Clear();
        network.Checkpointing = true;
        Loss(network).backward();

        Assert.That(calls.Recorded, Is.EqualTo(new[] { false, false, true, true }));
    }

    [Test]
    public void Steps_leave_no_tensors_behind()
    {
        using var network = Tiny(new LoraAdapter(new LoraOptions { TrainEncoder = true }));
        network.Checkpointing = true;
        Backward(network);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 3; i++)
        {
            Backward(network);
        }

        Assert.That(DisposeScopeManager.Statistics.ThreadTotalLiveCount, Is.EqualTo(before));
    }

    [Test]
    public void A_fault_of_the_second_computation_is_thrown_after_the_backward_pass()
    {
        using var scope = NewDisposeScope();
        var calls = new CountingAdapter { FailsAtCall = 3 };
        using var network = Tiny(calls);
        network.Checkpointing = true;
        Loss(network).backward();

        Assert.That(network.ThrowIfBackwardFailed, Throws.TypeOf<TimeoutException>().With.Message.EqualTo("call 3"));
        Assert.That(network.ThrowIfBackwardFailed, Throws.Nothing);
        Assert.That(() => Loss(network).backward(), Throws.Nothing);
    }

    [Test]
    public void A_fault_that_nobody_asked_for_is_thrown_by_the_next_forward_pass()
    {
        using var scope = NewDisposeScope();
        using var network = Tiny(new CountingAdapter { FailsAtCall = 3 });
        network.Checkpointing = true;
        Loss(network).backward();

        Assert.That(() => Loss(network), Throws.TypeOf<TimeoutException>());
    }

    private static SamNetwork Tiny(ISamAdapter adapter)
    {
        var network = SamNetwork.Create(new SamOptions
        {
            ImageSize = 48, PatchSize = 8, EmbedDim = 24, Depth = 2, NumHeads = 2, WindowSize = 4, GlobalAttnIndexes = [1],
            PromptEmbedDim = 16, MaskInChans = 4, DecoderNumHeads = 2, DecoderMlpDim = 32, IouHeadHiddenDim = 16, NumClasses = 2,
        }, adapter, CPU, seed: 3);
        using var noGrad = no_grad();
        // What starts at zero would hide its part of the gradients.
        foreach (var (name, parameter) in network.named_parameters().Where(named => named.name.Contains("linear_b_", StringComparison.Ordinal) || named.name.Contains("rel_pos", StringComparison.Ordinal)))
        {
            parameter.normal_(0, 0.1);
        }
        return network;
    }

    private static Tensor Loss(SamNetwork network)
    {
        var images = arange(2 * 48 * 48, dtype: ScalarType.Float32).view(2, 1, 48, 48).sin().abs();
        var labels = (images[.., 0, ..24, ..24] * 3).to_type(ScalarType.Int64).clamp(0, 2);
        return CrossEntropyDice.Compute(network.LowResLogits(images), labels, 0.8).Total;
    }

    private static (float Loss, Dictionary<string, Tensor> Gradients) Step(SamNetwork network, bool fresh = true)
    {
        if (fresh)
        {
            network.zero_grad();
        }
        var loss = Loss(network);
        loss.backward();
        return (loss.item<float>(), network.TrainableParameters.Where(named => named.Parameter.grad is not null).ToDictionary(named => named.Name, named => named.Parameter.grad!.clone()));
    }

    private static void Backward(SamNetwork network)
    {
        using var scope = NewDisposeScope();
        network.zero_grad();
        Loss(network).backward();
    }

    private static void AssertEqual(Dictionary<string, Tensor> got, Dictionary<string, Tensor> expected)
    {
        Assert.That(got.Keys, Is.EquivalentTo(expected.Keys).And.Not.Empty);
        Assert.Multiple(() =>
        {
            foreach (var (name, gradient) in expected)
            {
                Assert.That(got[name].Equals(gradient), Is.True, name);
            }
        });
    }

    /// <summary>Counts the calls of encoder projections, and fails in one of them when told to.</summary>
    private sealed class CountingAdapter : ISamAdapter
    {
        public int Count { get; set; }

        public int? FailsAtCall { get; init; }

        /// <summary>Of each call whether autograd keeps what its gradient needs.</summary>
        public List<bool> Recorded { get; } = [];

        public Module<Tensor, Tensor> CreateQkv(int block, int channels, Device device) => new Counted(this, Linear(channels, 3 * channels, device: device));

        public Module<Tensor, Tensor> CreateDecoderProjection(int inputs, int outputs, Device device) => Linear(inputs, outputs, device: device);

        public bool Trains(string parameterName) => true;

        public void Validate(int encoderDepth)
        {
            // It fits every encoder.
        }
    }

    private sealed class Counted : Module<Tensor, Tensor>
    {
        private readonly CountingAdapter _adapter;
        private readonly Linear linear;

        public Counted(CountingAdapter adapter, Linear linear) : base(nameof(Counted))
        {
            (_adapter, this.linear) = (adapter, linear);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            _adapter.Count++;
            var y = _adapter.Count == _adapter.FailsAtCall ? throw new TimeoutException($"call {_adapter.Count}") : linear.call(x);
            _adapter.Recorded.Add(y.requires_grad);
            return y;
        }
    }
}
