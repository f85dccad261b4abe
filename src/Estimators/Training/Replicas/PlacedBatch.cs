using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training.Replicas;

/// <summary>A batch as tensors on the devices that compute it.</summary>
internal sealed class PlacedBatch : IDisposable
{
    private PlacedBatch(TrainingBatch source, IReadOnlyList<Tensor> images, Tensor labels) => (Source, Images, Labels) = (source, images, labels);

    /// <summary>What it was made from.</summary>
    public TrainingBatch Source { get; }

    /// <summary>[b, C, S, S] float32 on the first, second, … device; fewer than there are devices where the batch has fewer slices.</summary>
    public IReadOnlyList<Tensor> Images { get; }

    /// <summary>[B, L, L] uint8 on the first device.</summary>
    public Tensor Labels { get; }

    /// <summary>Slices of device <paramref name="index"/> of <paramref name="devices"/>: shares differ by one at most, the first devices have the larger ones.</summary>
    public static int Share(int count, int index, int devices) => (count / devices) + (index < count % devices ? 1 : 0);

    /// <summary>Copies a batch to the devices. Copies to a GPU come from pinned memory and are not waited for: whatever is computed there next comes after them.</summary>
    public static PlacedBatch Of(TrainingBatch batch, int imageSize, int lowResSize, IReadOnlyList<Device> devices)
    {
        using var scope = NewDisposeScope();
        var whole = tensor(batch.Images, [batch.Count, batch.Channels, imageSize, imageSize]);
        List<Tensor> images = [];
        var first = 0;
        for (var i = 0; i < Math.Min(devices.Count, batch.Count); i++)
        {
            var share = Share(batch.Count, i, devices.Count);
            images.Add(Place(share == batch.Count ? whole : whole.narrow(0, first, share).contiguous(), devices[i]).DetachFromDisposeScope());
            first += share;
        }
        return new(batch, images, Place(tensor(batch.LowResLabels, [batch.Count, lowResSize, lowResSize]), devices[0]).DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Images)
        {
            tensor.Dispose();
        }
        Labels.Dispose();
    }

    private static Tensor Place(Tensor tensor, Device device) =>
        device.type == DeviceType.CUDA ? tensor.pin_memory().to(device, non_blocking: true) : tensor;
}
