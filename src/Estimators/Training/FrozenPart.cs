using SAMed.MLNet.Estimators.Training.Replicas;
using SAMed.MLNet.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Forward passes of training: the part that training does not change, from the cache or by computing it, and the rest.</summary>
internal static class FrozenPart
{
    /// <summary>Low-resolution logits, with gradients of what trains, of the slices of a batch that are one device's share.</summary>
    /// <param name="network">The network on that device.</param>
    /// <param name="batch">The batch; features that the cache lacks are computed and kept there.</param>
    /// <param name="device">Number of the device.</param>
    public static Tensor Logits(SamNetwork network, PlacedBatch batch, int device)
    {
        if (network.FrozenBlocks == 0)
        {
            return network.LowResLogits(batch.Images[device]);
        }
        using var scope = NewDisposeScope();
        var features = batch.Features[device] ?? Complete(network, batch.Images[device], batch.SlotsOf(device));
        return network.LowResLogitsFrom(features).MoveToOuterDisposeScope();
    }

    /// <summary>[B, S/P, S/P, D] on the CPU; null where there are no slots, or features of one are missing.</summary>
    public static Tensor? Cached(FeatureSlot[]? slots)
    {
        if (slots is null || slots.Any(slot => slot.Values is null))
        {
            return null;
        }
        using var scope = NewDisposeScope();
        Tensor[] each = [.. slots.Select(slot => tensor(slot.Values!, slot.Shape))];
        return (each is [var only] ? only : cat(each)).MoveToOuterDisposeScope();
    }

    /// <summary>[B, S/P, S/P, D]: what the slots lack is computed.</summary>
    private static Tensor Complete(SamNetwork network, Tensor images, FeatureSlot[]? slots)
    {
        using var scope = NewDisposeScope();
        var parts = new Tensor?[images.shape[0]];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = slots?[i].Values is { } values ? tensor(values, slots[i].Shape).to(images.device) : null;
        }
        int[] missing = [.. Enumerable.Range(0, parts.Length).Where(i => parts[i] is null)];
        // On the CPU slice by slice: as fast, less memory, and what a slice gives does not depend on its neighbours, in its last bits neither.
        foreach (var group in missing.Chunk(images.device_type == DeviceType.CPU ? 1 : parts.Length))
        {
            Compute(network, images, group, slots, parts);
        }
        return (parts is [{ } only] ? only : cat(parts!)).MoveToOuterDisposeScope();
    }

    private static void Compute(SamNetwork network, Tensor images, int[] slices, FeatureSlot[]? slots, Tensor?[] parts)
    {
        using var scope = NewDisposeScope();
        Tensor[] chosen = [.. slices.Select(slice => images.narrow(0, slice, 1))];
        var features = network.FrozenFeatures(chosen is [var only] ? only : cat(chosen));
        for (var i = 0; i < slices.Length; i++)
        {
            var own = features.narrow(0, i, 1);
            slots?[slices[i]].Keep(own.cpu().contiguous().data<float>().ToArray());
            parts[slices[i]] = own.MoveToOuterDisposeScope();
        }
    }
}
