using SAMed.MLNet.Estimators.Data;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Where the training loop takes its slices from: memory, or a stream that is read again in every epoch.</summary>
internal interface ISliceSource
{
    /// <summary>Slices of one epoch.</summary>
    int Count { get; }

    /// <summary>The slices of 0-based <paramref name="epoch"/> in the order of training, without the first <paramref name="skip"/> ones.
    /// The order is a function of the seed and the epoch alone. Read by one thread at a time.</summary>
    IEnumerable<NumberedSlice> Epoch(int epoch, int skip);
}

/// <summary>A slice to train on.</summary>
/// <param name="Number">What its augmentation is drawn from, beside seed and epoch; different for every slice of an epoch.</param>
/// <param name="Slice">The slice.</param>
internal readonly record struct NumberedSlice(int Number, StoredSlice Slice);

/// <summary>Slices that are all in memory, in a new order every epoch.</summary>
internal sealed class SlicesInMemory(IReadOnlyList<StoredSlice> slices, long seed) : ISliceSource
{
    /// <inheritdoc/>
    public int Count => slices.Count;

    /// <inheritdoc/>
    public IEnumerable<NumberedSlice> Epoch(int epoch, int skip)
    {
        var order = Enumerable.Range(0, slices.Count).ToArray();
        Shuffle.InPlace(order.AsSpan(), seed, epoch);
        return order.Skip(skip).Select(number => new NumberedSlice(number, slices[number]));
    }
}
