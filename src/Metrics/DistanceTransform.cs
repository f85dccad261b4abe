using System.Numerics;

namespace SAMed.MLNet.Metrics;

/// <summary>Exact Euclidean distance of every voxel to the nearest voxel of a set, on an anisotropic grid, in time linear in the number of voxels:
/// the nearest source along x, then lower envelopes of parabolas along y and z. Tiles run in parallel; the result does not depend on the number of threads.</summary>
public static class DistanceTransform
{
    /// <summary>Slices that are searched by one thread at a time.</summary>
    private const int Slab = 4;

    /// <summary>Steps for each voxel of a slab, after which the rest of its voxels is left to the transform: those that searches made, and those of searches that found nothing. The
    /// transform of a voxel takes as long as one to four steps.</summary>
    private const double MostSteps = 1, MostInVain = 1.0 / 16;

    /// <summary>Squared distance of every voxel to the nearest voxel of <paramref name="sources"/>, same shape; infinite when there is none.</summary>
    /// <param name="sources">The set, 2-D or 3-D.</param>
    /// <param name="spacing">Distance between neighbours along each axis in the order of the shape, (y, x) or (z, y, x), in any unit; empty = 1 each.</param>
    /// <returns>H·W or D·H·W squared distances in the square of the spacing's unit.</returns>
    /// <exception cref="ArgumentException">The spacing does not have one positive finite number per axis.</exception>
    public static double[] Squared(BinaryMask sources, params ReadOnlySpan<double> spacing)
    {
        ArgumentNullException.ThrowIfNull(sources);
        var squared = new double[sources.Voxels.Length];
        var memory = new ScoringMemory();
        using var tiles = new DistanceTiles(MaskRows.Of(sources, VoxelBox.Whole(sources)).ToBits(memory), GridSpacing.Of(sources.Axes, spacing), memory);
        tiles.ForEach((tile, _, first, end) =>
        {
            tile.TransformSlices(first, wanted: -1);
            for (var y = 0; y < sources.Height; y++)
            {
                for (var x = first; x < end; x++)
                {
                    var line = tile.TransformAcross(y, x);
                    for (var z = 0; z < line.Length; z++)
                    {
                        squared[(((z * sources.Height) + y) * sources.Width) + x] = line[z];
                    }
                }
            }
        });
        return squared;
    }

    /// <summary>Tells <paramref name="taker"/> the distance of each voxel of <paramref name="from"/> that is not in <paramref name="to"/> to the nearest voxel of that, which is not empty.</summary>
    /// <remarks>Those that lie near it are found by looking; where that takes too long, the box is transformed, tile by tile.</remarks>
    internal static void Between(VoxelBits from, VoxelBits to, GridSpacing spacing, ScoringMemory memory, DistanceTaker taker)
    {
        var left = new VoxelBits(from.Depth, from.Height, from.Width, memory);
        var slabs = ((from.Depth - 1) / Slab) + 1;
        var nearby = new NearbyRows(to, spacing);
        Parallel.For(0, slabs, slab => Search(from, to, nearby, (slab * Slab, Math.Min((slab + 1) * Slab, from.Depth)), left, taker.Begin(slab)));
        if (left.Count > 0)
        {
            Transform(left, to, spacing, memory, part => taker.Begin(slabs + part));
        }
        left.Release(memory);
    }

    /// <summary>Looks for the nearest voxel of each in some slices; those for which it was not found are <paramref name="left"/>.</summary>
    private static void Search(VoxelBits from, VoxelBits to, NearbyRows nearby, (int First, int End) slices, VoxelBits left, DistanceTaker.Part part)
    {
        var voxelsOfSlab = (slices.End - slices.First) * (double)from.Height * from.Width;
        var words = new ulong[from.Words];
        long steps = 0, inVain = 0;
        for (var row = slices.First * from.Height; row < slices.End * from.Height; row++)
        {
            for (var word = 0; word < words.Length; word++)
            {
                var voxels = from[row, word] & ~to[row, word];
                words[word] = voxels;
                while (voxels != 0 && steps < voxelsOfSlab * MostSteps && inVain < voxelsOfSlab * MostInVain)
                {
                    var bit = BitOperations.TrailingZeroCount(voxels);
                    voxels &= voxels - 1;
                    var x = (word * 64) + bit;
                    var squared = nearby.Find(row / from.Height, row % from.Height, x, out var made);
                    steps += made;
                    if (double.IsPositiveInfinity(squared))
                    {
                        inVain += made;
                        continue;
                    }
                    part.Take(row, x, Math.Sqrt(squared));
                    words[word] &= ~(1ul << bit);
                }
            }
            left.Write(row, words);
        }
        part.End();
    }

    /// <summary>Transforms the tiles in which there are voxels of <paramref name="left"/>, as far as they need it.</summary>
    private static void Transform(VoxelBits left, VoxelBits to, GridSpacing spacing, ScoringMemory memory, Func<int, DistanceTaker.Part> begin)
    {
        using var tiles = new DistanceTiles(to, spacing, memory);
        tiles.ForEach((tile, index, first, end) =>
        {
            var mask = (1 << (end - first)) - 1;
            tile.Wanted.AsSpan().Clear();
            for (var row = 0; row < left.Depth * left.Height; row++)
            {
                tile.Wanted[row % left.Height] |= Voxels(row);
            }
            var wanted = tile.Wanted.Aggregate((a, b) => a | b);
            if (wanted == 0)
            {
                return;
            }
            tile.TransformSlices(first, wanted);
            var part = begin(index);
            for (var y = 0; y < left.Height; y++)
            {
                for (var xs = tile.Wanted[y]; xs != 0; xs &= xs - 1)
                {
                    TakeLine(tile.TransformAcross(y, first + BitOperations.TrailingZeroCount(xs)), y, xs & -xs);
                }
            }
            part.End();

            int Voxels(int row) => (left.Eight(row, first / 8) >> (first % 8)) & mask;

            void TakeLine(ReadOnlySpan<double> squared, int y, int bit)
            {
                for (var z = 0; z < squared.Length; z++)
                {
                    if ((Voxels((z * left.Height) + y) & bit) != 0)
                    {
                        part.Take((z * left.Height) + y, first + BitOperations.TrailingZeroCount(bit), Math.Sqrt(squared[z]));
                    }
                }
            }
        });
    }
}
