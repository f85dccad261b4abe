using System.Collections.Concurrent;

namespace SAMed.MLNet.Metrics;

/// <summary>Exact Euclidean distance of every voxel to the nearest voxel of a set, on an anisotropic grid, in time linear in the number of voxels:
/// the nearest source along x, then lower envelopes of parabolas along y and z. Tiles run in parallel; the result does not depend on the number of threads.</summary>
public static class DistanceTransform
{
    /// <summary>Bytes that the tiles of all threads may take, on however many cores.</summary>
    private const long TileMemory = 256 << 20;

    /// <summary>Squared distance of every voxel to the nearest voxel of <paramref name="sources"/>, same shape; infinite when there is none.</summary>
    /// <param name="sources">The set, 2-D or 3-D.</param>
    /// <param name="spacing">Distance between neighbours along each axis in the order of the shape, (y, x) or (z, y, x), in any unit; empty = 1 each.</param>
    /// <returns>H·W or D·H·W squared distances in the square of the spacing's unit.</returns>
    /// <exception cref="ArgumentException">The spacing does not have one positive finite number per axis.</exception>
    public static double[] Squared(BinaryMask sources, params ReadOnlySpan<double> spacing)
    {
        ArgumentNullException.ThrowIfNull(sources);
        var squared = new double[sources.Voxels.Length];
        ForEachTile(VoxelRows.Of(sources), GridSpacing.Of(sources.Axes, spacing), new(), (tiles, first, end) =>
        {
            var tile = tiles.Take();
            tile.TransformSlices(first, [true, true, true, true, true, true, true, true]);
            for (var y = 0; y < sources.Height; y++)
            {
                for (var x = first; x < end; x++)
                {
                    tile.TransformAcross(y, x);
                    for (var z = 0; z < sources.Depth; z++)
                    {
                        squared[(((z * sources.Height) + y) * sources.Width) + x] = tile.At(z, y, x);
                    }
                }
            }
            tiles.Return(tile);
        });
        return squared;
    }

    /// <summary>Distance of each voxel of <paramref name="from"/>, in its order, to the nearest of <paramref name="to"/>, which is not empty.</summary>
    /// <remarks>Memory: a tile of eight planes [D, H] of doubles for each thread, however wide the box is.</remarks>
    internal static double[] Between(VoxelRows from, VoxelRows to, GridSpacing spacing, DistanceBuffers buffers)
    {
        var distances = new double[from.Count];
        ForEachTile(to, spacing, buffers, (tiles, first, end) =>
        {
            var queries = Apart(from, to, first, end);
            if (queries.Count == 0)
            {
                return;
            }
            Span<bool> wanted = stackalloc bool[DistanceTile.Width];
            var lines = new bool[to.Height * DistanceTile.Width];
            foreach (var query in queries)
            {
                wanted[query.X - first] = lines[(query.Y * DistanceTile.Width) + query.X - first] = true;
            }
            var tile = tiles.Take();
            tile.TransformSlices(first, wanted);
            for (var line = Array.IndexOf(lines, true); line >= 0; line = Array.IndexOf(lines, true, line + 1))
            {
                tile.TransformAcross(line / DistanceTile.Width, first + (line % DistanceTile.Width));
            }
            foreach (var query in queries)
            {
                distances[query.Index] = Math.Sqrt(tile.At(query.Z, query.Y, query.X));
            }
            tiles.Return(tile);
        });
        return distances;
    }

    /// <summary>Voxels with first ≤ x &lt; end of one set that are not in the other: those that are lie at distance 0.</summary>
    private static List<Query> Apart(VoxelRows from, VoxelRows to, int first, int end)
    {
        var queries = new List<Query>();
        for (var row = 0; row < from.Depth * from.Height; row++)
        {
            var places = from.Row(row);
            var others = to.Row(row);
            var other = 0;
            for (var i = VoxelRows.FirstFrom(places, first); i < places.Length && places[i] < end; i++)
            {
                other += VoxelRows.FirstFrom(others[other..], places[i]);
                if (other == others.Length || others[other] != places[i])
                {
                    queries.Add(new(from.Before(row) + i, row / from.Height, row % from.Height, places[i]));
                }
            }
        }
        return queries;
    }

    private static void ForEachTile(VoxelRows sources, GridSpacing spacing, DistanceBuffers buffers, Action<Tiles, int, int> work)
    {
        var tiles = new Tiles(sources, spacing, buffers);
        var threads = (int)Math.Clamp(TileMemory / (sizeof(double) * (long)DistanceTile.Length(sources)), 1, Environment.ProcessorCount);
        Parallel.For(0, ((sources.Width - 1) / DistanceTile.Width) + 1, new ParallelOptions { MaxDegreeOfParallelism = threads },
            i => work(tiles, i * DistanceTile.Width, Math.Min((i + 1) * DistanceTile.Width, sources.Width)));
        tiles.Release();
    }

    /// <summary>Tiles that wait for work: as many as threads have needed at a time.</summary>
    private sealed class Tiles(VoxelRows sources, GridSpacing spacing, DistanceBuffers buffers)
    {
        private readonly ConcurrentBag<DistanceTile> _free = [];

        public DistanceTile Take() => _free.TryTake(out var tile) ? tile : new(sources, spacing, buffers.Take(DistanceTile.Length(sources)));

        public void Return(DistanceTile tile) => _free.Add(tile);

        public void Release()
        {
            while (_free.TryTake(out var tile))
            {
                buffers.Return(tile.Memory);
            }
        }
    }

    private readonly record struct Query(int Index, int Z, int Y, int X);
}
