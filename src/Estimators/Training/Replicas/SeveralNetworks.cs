using SAMed.MLNet.Estimators.Training.Optimizers;
using SAMed.MLNet.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training.Replicas;

/// <summary>Gradients from a copy of the network on each device, every one with its share of the batch.</summary>
/// <remarks>The logits, half a megabyte for a slice, are brought to the first device, and the loss is taken there over the whole batch. So it is the very loss of one device with that batch, also
/// where it mixes slices, as Dice does; only sums are taken in another order. Gradients come together in the order of the devices, which makes a run repeatable.</remarks>
internal sealed class SeveralNetworks : IGradientSource
{
    private readonly List<Replica> _replicas = [];
    private readonly LossFunction _lossFunction;

    /// <summary>Copies <paramref name="network"/>, which lies on the first of <paramref name="devices"/>, to the others.</summary>
    public SeveralNetworks(SamNetwork network, IReadOnlyList<Device> devices, TrainingOptions options)
    {
        _lossFunction = new(options);
        try
        {
            // Copies first: the network's own parameters are moved only when nothing can fail any more.
            _replicas.AddRange(devices.Skip(1).Select(device => Replica.CopyOf(network, device, options)));
            _replicas.Insert(0, Replica.Of(network, devices[0]));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public FlatParameters Parameters => _replicas[0].Parameters;

    /// <inheritdoc/>
    public Tensor Accumulate(PlacedBatch batch, double share, Action<Tensor>? see)
    {
        using var scope = NewDisposeScope();
        var logits = Forward(batch);
        var whole = Gather(logits);
        var loss = _lossFunction.Of(whole, batch.Labels);
        see?.Invoke(whole);
        LossFunction.Differentiate(loss.Total, share);
        var gradients = whole.grad!.split([.. logits.Select(part => part.shape[0])]);
        All([.. logits.Select((part, index) => _replicas[index].Backward(part, gradients[index]))]);
        return LossFunction.Parts(loss).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public FlatGradients Gradients()
    {
        var each = All([.. _replicas.Select(replica => replica.Gradients())]);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using Scalar one = 1.0;
        foreach (var other in each.Skip(1))
        {
            using (other)
            {
                each[0].Values.add_(other.Values.to(_replicas[0].Device), one);
            }
        }
        return each[0] with { Present = [.. each[0].Present.Select((_, index) => each.Any(gradients => gradients.Present[index]))] };
    }

    /// <inheritdoc/>
    public void Forget() => All([.. _replicas.Select(replica => replica.Forget())]);

    /// <inheritdoc/>
    public void Share() => All([.. _replicas.Skip(1).Select(replica => replica.TakeOver(Parameters.Values))]);

    /// <inheritdoc/>
    public void Dispose() => _replicas.ForEach(replica => replica.Dispose());

    /// <summary>The logits of every device that has slices of the batch.</summary>
    private Tensor[] Forward(PlacedBatch batch)
    {
        Task<Tensor>[] forward = [.. batch.Images.Select((_, index) => _replicas[index].Forward(batch, index))];
        try
        {
            return All(forward);
        }
        catch
        {
            foreach (var done in forward.Where(task => task.IsCompletedSuccessfully))
            {
                done.Result.Dispose();
            }
            throw;
        }
    }

    /// <summary>[B, C+1, L, L] on the first device, a leaf of its own graph: what is differentiated up to here goes on on each device.</summary>
    private Tensor Gather(Tensor[] logits)
    {
        using var mode = no_grad();
        var whole = cat([.. logits.Select(part => part.to(_replicas[0].Device))]);
        whole.requires_grad = true;
        return whole;
    }

    /// <summary>Waits for all, also where one fails: nothing goes on behind the caller's back.</summary>
    private static void All(Task[] tasks) => Task.WhenAll(tasks).GetAwaiter().GetResult();

    private static T[] All<T>(Task<T>[] tasks) => Task.WhenAll(tasks).GetAwaiter().GetResult();
}
