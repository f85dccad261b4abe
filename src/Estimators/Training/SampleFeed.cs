using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Gives the batches of an epoch in a fixed order while worker threads prepare the next ones.
/// What a sample looks like depends on (seed, epoch, slice) alone, so neither the number of workers nor a resume changes it.</summary>
internal sealed class SampleFeed(IReadOnlyList<StoredSlice> slices, TrainingOptions options, int imageSize, int lowResSize, ZoomEdge edge)
{
    private readonly int _stepSize = options.BatchSize * options.AccumulationSteps;

    /// <summary>Optimiser steps of one epoch; the last may be smaller.</summary>
    public int StepsPerEpoch => (slices.Count + _stepSize - 1) / _stepSize;

    /// <summary>The steps of 0-based <paramref name="epoch"/> from <paramref name="firstStep"/> on, each a list of at most AccumulationSteps batches.</summary>
    public IEnumerable<IReadOnlyList<TrainingBatch>> Steps(int epoch, int firstStep)
    {
        var order = Order(epoch);
        Queue<Task<TrainingBatch>[]> ahead = [];
        var next = firstStep;
        // Enough batches in flight to keep every worker busy, and at least one step ahead of the network.
        var depth = Math.Max(1, (options.ResolvedWorkers + options.AccumulationSteps - 1) / options.AccumulationSteps);
        while (next < StepsPerEpoch || ahead.Count > 0)
        {
            while (next < StepsPerEpoch && ahead.Count <= depth)
            {
                ahead.Enqueue(Start(order, next++, epoch));
            }
            yield return [.. ahead.Dequeue().Select(task => task.GetAwaiter().GetResult())];
        }
    }

    private int[] Order(int epoch)
    {
        var order = Enumerable.Range(0, slices.Count).ToArray();
        Shuffle.InPlace(order.AsSpan(), options.Seed, epoch);
        return order;
    }

    private Task<TrainingBatch>[] Start(int[] order, int step, int epoch) =>
        [.. order.Skip(step * _stepSize).Take(_stepSize).Chunk(options.BatchSize).Select(indices => Task.Run(() => Build(indices, epoch)))];

    private TrainingBatch Build(int[] indices, int epoch)
    {
        int pixels = imageSize * imageSize, lowPixels = lowResSize * lowResSize;
        var images = new float[indices.Length * pixels];
        var labels = new byte[indices.Length * lowPixels];
        for (var i = 0; i < indices.Length; i++)
        {
            var slice = slices[indices[i]];
            var random = new SampleRandom(options.Seed, epoch, indices[i]);
            var augmentation = options.Augment ? Augmentation.Draw(ref random) : Augmentation.None;
            var sample = TrainingSample.Create(slice.Image, slice.Label, slice.Height, slice.Width, augmentation, imageSize, lowResSize, edge);
            sample.Image.CopyTo(images, i * pixels);
            sample.LowResLabel.CopyTo(labels, i * lowPixels);
        }
        return new(images, labels, indices.Length);
    }
}
