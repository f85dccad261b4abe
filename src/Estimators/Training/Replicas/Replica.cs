using SAMed.MLNet.Estimators.Training.Optimizers;
using SAMed.MLNet.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training.Replicas;

/// <summary>A network on its device and the thread that computes it. Everything here only puts work behind what the thread has already.</summary>
internal sealed class Replica : IDisposable
{
    private readonly SamNetwork _network;
    private readonly bool _ownsNetwork;
    private readonly WorkThread _thread;
    private readonly IDisposable _held;

    private Replica(SamNetwork network, Device device, bool ownsNetwork)
    {
        (_network, Device, _ownsNetwork) = (network, device, ownsNetwork);
        Parameters = new(network.TrainableParameters);
        _held = network.HoldWeights(trained: false);
        _thread = new($"replica on {device}");
    }

    /// <summary>Where the network lies.</summary>
    public Device Device { get; }

    /// <summary>Its trained parameters.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>Takes part with <paramref name="network"/> itself, which stays the caller's.</summary>
    public static Replica Of(SamNetwork network, Device device) => new(network, device, ownsNetwork: false);

    /// <summary>Takes part with a copy of <paramref name="network"/> on <paramref name="device"/>, which computes as <paramref name="options"/> say.</summary>
    public static Replica CopyOf(SamNetwork network, Device device, TrainingOptions options)
    {
        var copy = SamNetwork.Create(network.Options, network.Adapter, device, seed: 0);
        try
        {
            (copy.Precision, copy.Checkpointing) = (options.Precision, options.Checkpointing);
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            var values = network.state_dict();
            foreach (var (name, place) in copy.state_dict())
            {
                place.copy_(values[name]);
            }
            return new(copy, device, ownsNetwork: true);
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <summary>Low-resolution logits of its share of a batch, as device <paramref name="index"/>, with their graph, for <see cref="Backward"/>.</summary>
    public Task<Tensor> Forward(PlacedBatch batch, int index) => _thread.Run(() => FrozenPart.Logits(_network, batch, index));

    /// <summary>Adds the gradients that belong to those of the logits, and disposes the logits.</summary>
    public Task Backward(Tensor logits, Tensor gradient) => _thread.Run(() =>
    {
        using var scope = NewDisposeScope();
        using (logits)
        {
            autograd.backward([logits], [gradient.to(Device)]);
            _network.ThrowIfBackwardFailed();
        }
    });

    /// <summary>The gradients added up since <see cref="Forget"/>.</summary>
    public Task<FlatGradients> Gradients() => _thread.Run(Parameters.Gradients);

    /// <summary>Starts a new step.</summary>
    public Task Forget() => _thread.Run(Parameters.ForgetGradients);

    /// <summary>Takes over the values of another replica's parameters.</summary>
    public Task TakeOver(Tensor values) => _thread.Run(() =>
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        Parameters.Values.copy_(values);
    });

    /// <summary>Waits for the thread; the copy of a network goes with it.</summary>
    public void Dispose()
    {
        _thread.Dispose();
        _held.Dispose();
        Parameters.Dispose();
        if (_ownsNetwork)
        {
            _network.Dispose();
        }
    }
}
