using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench.Measuring;

/// <summary>One step of training, always on the same batch: forward, loss, backward, AdamW.</summary>
internal sealed class TrainingStep : IDisposable
{
    private const double DiceWeight = 0.8;

    private readonly SamNetwork _network;
    private readonly Device _device;
    private readonly Tensor _images;
    private readonly Tensor _labels;
    private readonly optim.Optimizer _optimizer;
    private readonly IDisposable _held;

    public TrainingStep(SamNetwork network, int batch, Device device, double learningRate = 1e-4)
    {
        (_network, _device) = (network, device);
        (_images, _labels) = BenchNetwork.Batch(network.Options, batch, device);
        // As training does.
        _held = network.HoldWeights(trained: false);
        _optimizer = optim.AdamW(network.TrainableParameters.Select(named => named.Parameter), learningRate);
    }

    /// <summary>With the network's own forward pass and loss.</summary>
    public void Run(Precision precision)
    {
        _network.Precision = precision;
        Run(_network.LowResLogits, (logits, labels, weight) => CrossEntropyDice.Compute(logits, labels, weight).Total);
    }

    /// <summary>With another formulation of the same, over the same weights.</summary>
    public void Run(Func<Tensor, Tensor> logits, Func<Tensor, Tensor, double, Tensor> loss)
    {
        using var scope = NewDisposeScope();
        _optimizer.zero_grad();
        loss(logits(_images), _labels, DiceWeight).backward();
        _network.ThrowIfBackwardFailed();
        _optimizer.step();
        TorchClock.Wait(_device);
    }

    public void Dispose()
    {
        _optimizer.zero_grad();
        _optimizer.Dispose();
        _held.Dispose();
        _images.Dispose();
        _labels.Dispose();
    }
}
