using SAMed.MLNet.Modeling;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>Slices in batches through a network. While one batch is in it, the next is read and prepared, and what it said of the one before is taken.
/// Memory is that of three batches, whatever the number of slices.</summary>
internal sealed class PredictionLoop(SamNetwork network, Device device, PreprocessingOptions options, PredictionOptions prediction)
{
    private readonly SlicePreparation _preparation = new(options);
    private readonly int _pixels = options.ImageSize * options.ImageSize;
    private readonly Buffers[] _buffers = [new(), new()];

    /// <summary>Voxels read so far that were NaN or infinite; a grey image that is repeated counts once.</summary>
    public int NonFiniteVoxels { get; private set; }

    /// <summary>Gives every slice to the network and what comes out to <paramref name="take"/>, batch after batch, one at a time.</summary>
    /// <exception cref="NonFiniteLogitsException">The network's output is NaN or infinite.</exception>
    public void Run(IPredictionSlices slices, bool logits, bool probabilities, Action<int, int, NetworkOutput> take, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        using var held = network.HoldWeights(trained: true);
        var next = Prepare(slices, 0);
        var taking = Task.CompletedTask;
        try
        {
            for (var first = 0; first < slices.Depth; first += prediction.BatchSize)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var batch = next.GetAwaiter().GetResult();
                next = Prepare(slices, first + prediction.BatchSize);
                var (start, count) = (first, Count(slices, first));
                var output = NetworkPass.Run(network, device, batch, options.Channels, first, prediction.Tta, logits, probabilities);
                taking.GetAwaiter().GetResult();
                taking = Task.Run(() => take(start, count, output), CancellationToken.None);
                progress?.Report(first + count);
            }
            taking.GetAwaiter().GetResult();
        }
        finally
        {
            // Nobody may close a file under a thread that still reads from it. What went wrong in a batch that is not wanted any more does not matter.
            Task.WhenAll(next, taking).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Wait(CancellationToken.None);
        }
    }

    /// <summary>[S, S] → [H, W] class ids of slice <paramref name="index"/> of a batch.</summary>
    public ushort[] Labels(NetworkOutput output, int index, int height, int width)
    {
        var bytes = new byte[height * width];
        _preparation.FromNetwork(output.Classes.AsSpan(index * _pixels, _pixels), bytes, height, width);
        return Array.ConvertAll(bytes, static id => (ushort)id);
    }

    private int Count(IPredictionSlices slices, int first) => Math.Clamp(slices.Depth - first, 0, prediction.BatchSize);

    private Task<float[]> Prepare(IPredictionSlices slices, int first) => Task.Run(() =>
    {
        var (count, stored, values) = (Count(slices, first), options.Channels * slices.Height * slices.Width, options.Channels * _pixels);
        // The batch that used these buffers last has been through the network.
        var (raw, batch) = _buffers[first / prediction.BatchSize % 2].Take(count * stored, count * values);
        for (var i = 0; i < count; i++)
        {
            slices.Read(first + i, raw.AsMemory(i * stored, stored));
        }
        var nonFinite = 0;
        Parallel.For(0, count, i =>
        {
            var slice = raw.AsSpan(i * stored, stored);
            Interlocked.Add(ref nonFinite, Transforms.NonFinite.Count(slice) / slices.Repeats);
            _preparation.ToNetwork(slice, slices.Height, slices.Width, batch.AsSpan(i * values, values));
        });
        NonFiniteVoxels += nonFinite;
        return batch;
    });

    /// <summary>Memory of one batch before and after its preparation.</summary>
    private sealed class Buffers
    {
        private float[] _raw = [];
        private float[] _batch = [];

        public (float[] Raw, float[] Batch) Take(int raw, int batch)
        {
            _raw = _raw.Length < raw ? new float[raw] : _raw;
            _batch = _batch.Length == batch ? _batch : new float[batch];
            return (_raw, _batch);
        }
    }
}
