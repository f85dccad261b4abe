using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training.Replicas;

/// <summary>The steps of an epoch on their devices. While one is computed, another thread waits for the next and copies it, so that the network never waits for a copy.</summary>
internal sealed class PlacedSteps(IEnumerable<IReadOnlyList<TrainingBatch>> steps, int imageSize, int lowResSize, IReadOnlyList<Device> devices)
{
    /// <summary>Each step with its batches, which are disposed when the next one is asked for.</summary>
    public IEnumerable<IReadOnlyList<PlacedBatch>> InOrder()
    {
        using var source = steps.GetEnumerator();
        // Disposed before the source, which must not be disposed under the thread that reads from it.
        using var thread = new WorkThread("batches");
        var next = thread.Run(() => Next(source));
        try
        {
            while (next.GetAwaiter().GetResult() is { } step)
            {
                next = thread.Run(() => Next(source));
                try
                {
                    yield return step;
                }
                finally
                {
                    _ = thread.Run(() => Free(step));
                }
            }
        }
        finally
        {
            // Those that nobody wanted any more. What reading them ran into does not matter then.
            _ = thread.Run(() => Free(next.IsCompletedSuccessfully ? next.Result : null));
        }
    }

    /// <summary>Gets the next step; null at the end.</summary>
    private List<PlacedBatch>? Next(IEnumerator<IReadOnlyList<TrainingBatch>> source)
    {
        if (!source.MoveNext())
        {
            return null;
        }
        List<PlacedBatch> placed = [];
        try
        {
            foreach (var batch in source.Current)
            {
                placed.Add(PlacedBatch.Of(batch, imageSize, lowResSize, devices));
            }
            return placed;
        }
        catch
        {
            Free(placed);
            throw;
        }
    }

    private static void Free(IReadOnlyList<PlacedBatch>? step)
    {
        foreach (var batch in step ?? [])
        {
            batch.Dispose();
        }
    }
}
