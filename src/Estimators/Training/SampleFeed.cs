using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Gives the batches of an epoch in a fixed order while worker threads read and prepare the next ones.
/// What a sample looks like depends on (seed, epoch, slice) alone, so neither the number of workers nor a resume changes it.</summary>
internal sealed class SampleFeed(ISliceSource source, TrainingOptions options, PreprocessingOptions preprocessing, int lowResSize, FeatureCache? cache = null)
{
    private readonly int _stepSize = options.BatchSize * options.AccumulationSteps;

    /// <summary>Optimiser steps of one epoch; the last may be smaller.</summary>
    public int StepsPerEpoch => (source.Count + _stepSize - 1) / _stepSize;

    /// <summary>Tells what has come up while features were read and kept; for the thread that trains.</summary>
    public void TellNews() => cache?.TellNews();

    /// <summary>The steps of 0-based <paramref name="epoch"/> from <paramref name="firstStep"/> on, each a list of at most AccumulationSteps batches.</summary>
    public IEnumerable<IReadOnlyList<TrainingBatch>> Steps(int epoch, int firstStep)
    {
        using var slices = source.Epoch(epoch, firstStep * _stepSize).GetEnumerator();
        Queue<Task<Task<TrainingBatch>[]>> ahead = [];
        Task reading = Task.CompletedTask;
        var next = firstStep;
        // Enough batches in flight to keep every worker busy, and at least one step ahead of the network.
        var depth = Math.Max(1, (options.ResolvedWorkers + options.AccumulationSteps - 1) / options.AccumulationSteps);
        try
        {
            while (next < StepsPerEpoch || ahead.Count > 0)
            {
                while (next < StepsPerEpoch && ahead.Count <= depth)
                {
                    var step = Start(reading, slices, next++, epoch);
                    reading = step;
                    ahead.Enqueue(step);
                }
                yield return [.. ahead.Dequeue().GetAwaiter().GetResult().Select(task => task.GetAwaiter().GetResult())];
            }
        }
        finally
        {
            // The enumerator must not be disposed under a thread that still reads from it. What a step that nobody wants any more ran into does not matter.
            reading.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Wait();
        }
    }

    /// <summary>Reads a step's slices when the step before is read, then prepares its batches side by side.</summary>
    private async Task<Task<TrainingBatch>[]> Start(Task before, IEnumerator<NumberedSlice> slices, int step, int epoch)
    {
        await before.ConfigureAwait(false);
        return await Task.Run(() =>
        {
            List<NumberedSlice> read = [];
            var wanted = Math.Min(_stepSize, source.Count - (step * _stepSize));
            while (read.Count < wanted && slices.MoveNext())
            {
                read.Add(slices.Current);
            }
            return read.Count == wanted
                ? read.Chunk(options.BatchSize).Select(part => Task.Run(() => Build(part, epoch))).ToArray()
                : throw new InvalidOperationException($"The data ended after {(step * _stepSize) + read.Count} of {source.Count} slices in epoch {epoch + 1}: they must be the same in every pass.");
        }).ConfigureAwait(false);
    }

    private TrainingBatch Build(NumberedSlice[] slices, int epoch)
    {
        var (channels, imageSize, edge) = (preprocessing.Channels, preprocessing.ImageSize, preprocessing.ZoomEdge);
        int pixels = channels * imageSize * imageSize, lowPixels = lowResSize * lowResSize;
        var images = new float[slices.Length * pixels];
        var labels = new byte[slices.Length * lowPixels];
        var features = cache is null ? null : new FeatureSlot[slices.Length];
        byte[]? shown = null;
        for (var i = 0; i < slices.Length; i++)
        {
            var slice = slices[i].Slice;
            RequireChannels(slice, channels);
            var augmentation = SliceIdentity.AugmentationOf(slices[i], epoch, options);
            var sample = TrainingSample.Create(slice.Image, slice.Label, slice.Height, slice.Width, augmentation, imageSize, lowResSize, edge, channels, options.LowResLabels);
            sample.Image.CopyTo(images, i * pixels);
            sample.LowResLabel.CopyTo(labels, i * lowPixels);
            shown = i == TrainingPicture.Shown(slices.Length) ? sample.Label : shown;
            if (features is not null)
            {
                features[i] = cache!.SlotOf(slice, augmentation);
            }
        }
        return new(images, labels, slices.Length, channels) { ShownLabel = shown, Features = features };
    }

    private static void RequireChannels(StoredSlice slice, int channels)
    {
        if (slice.Channels != channels)
        {
            throw new ArgumentException($"The slice {slice.Index} of {slice.Case} has {slice.Channels} channels, and the preprocessing says {channels}.");
        }
    }
}
