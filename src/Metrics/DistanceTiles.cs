using System.Collections.Concurrent;

namespace SAMed.MLNet.Metrics;

/// <summary>The tiles of a distance transform, side by side along x: in memory are as many as threads work at a time.</summary>
internal sealed class DistanceTiles(VoxelBits sources, GridSpacing spacing, ScoringMemory memory) : IDisposable
{
    /// <summary>Bytes that the tiles of all threads may take, on however many cores.</summary>
    private const long TileMemory = 256 << 20;

    private readonly ConcurrentBag<DistanceTile> _free = [];

    /// <summary>Gives every tile, with its number and its columns first ≤ x &lt; end, to <paramref name="work"/>.</summary>
    public void ForEach(Action<DistanceTile, int, int, int> work)
    {
        var (planes, length) = (DistanceTile.PlanesOf(sources), DistanceTile.Length(sources));
        var threads = (int)Math.Clamp(TileMemory / (sizeof(double) * (long)length), 1, Environment.ProcessorCount);
        Parallel.For(0, ((sources.Width - 1) / planes) + 1, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            var tile = _free.TryTake(out var used) ? used : new(sources, spacing, memory.TakeValues(length));
            work(tile, i, i * planes, Math.Min((i + 1) * planes, sources.Width));
            _free.Add(tile);
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_free.TryTake(out var tile))
        {
            memory.Return(tile.Memory);
        }
    }
}
