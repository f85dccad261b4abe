using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training.Replicas;

/// <summary>A batch as tensors on the devices that compute it.</summary>
internal sealed class PlacedBatch : IDisposable
{
    private PlacedBatch(TrainingBatch source, IReadOnlyList<Tensor> images, IReadOnlyList<Tensor?> features, Tensor labels) => (Source, Images, Features, Labels) = (source, images, features, labels);

    /// <summary>What it was made from.</summary>
    public TrainingBatch Source { get; }

    /// <summary>[b, C, S, S] float32 on the first, second, … device; fewer than there are devices where the batch has fewer slices.</summary>
    public IReadOnlyList<Tensor> Images { get; }

    /// <summary>[b, S/P, S/P, D] float32 on the same devices; null where the feature cache lacks those of a slice, or there is none.</summary>
    public IReadOnlyList<Tensor?> Features { get; }

    /// <summary>[B, L, L] uint8 on the first device.</summary>
    public Tensor Labels { get; }

    /// <summary>The places in the feature cache of the slices of device <paramref name="index"/>; null without a cache.</summary>
    public FeatureSlot[]? SlotsOf(int index)
    {
        var first = (int)Images.Take(index).Sum(images => images.shape[0]);
        return Source.Features?[first..(first + (int)Images[index].shape[0])];
    }

    /// <summary>Slices of device <paramref name="index"/> of <paramref name="devices"/>: shares differ by one at most, the first devices have the larger ones.</summary>
    public static int Share(int count, int index, int devices) => (count / devices) + (index < count % devices ? 1 : 0);

    /// <summary>Copies a batch to the devices. Copies to a GPU come from pinned memory and are not waited for: whatever is computed there next comes after them.</summary>
    public static PlacedBatch Of(TrainingBatch batch, int imageSize, int lowResSize, IReadOnlyList<Device> devices)
    {
        using var scope = NewDisposeScope();
        var whole = tensor(batch.Images, [batch.Count, batch.Channels, imageSize, imageSize]);
        List<Tensor> images = [];
        List<Tensor?> features = [];
        var first = 0;
        for (var i = 0; i < Math.Min(devices.Count, batch.Count); i++)
        {
            var share = Share(batch.Count, i, devices.Count);
            images.Add(Place(share == batch.Count ? whole : whole.narrow(0, first, share).contiguous(), devices[i]).DetachFromDisposeScope());
            features.Add(FrozenPart.Cached(batch.Features?[first..(first + share)]) is { } cached ? Place(cached, devices[i]).DetachFromDisposeScope() : null);
            first += share;
        }
        return new(batch, images, features, Place(tensor(batch.LowResLabels, [batch.Count, lowResSize, lowResSize]), devices[0]).DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Images.Concat<Tensor?>(Features))
        {
            tensor?.Dispose();
        }
        Labels.Dispose();
    }

    private static Tensor Place(Tensor tensor, Device device) =>
        device.type == DeviceType.CUDA ? tensor.pin_memory().to(device, non_blocking: true) : tensor;
}
