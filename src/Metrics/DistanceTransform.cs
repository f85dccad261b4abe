namespace SAMed.MLNet.Metrics;

/// <summary>Exact Euclidean distance of every voxel to the nearest voxel of a set, on an anisotropic grid, in time linear in the number of voxels:
/// a scan along x, then lower envelopes of parabolas along y and z. Lines run in parallel; the result does not depend on the number of threads.</summary>
public static class DistanceTransform
{
    /// <summary>Columns that are copied out of the array together: one cache line of doubles.</summary>
    private const int TileWidth = 8;

    /// <summary>Squared distance of every voxel to the nearest voxel of <paramref name="sources"/>, same shape; infinite when there is none.</summary>
    /// <param name="sources">The set, 2-D or 3-D.</param>
    /// <param name="spacing">Distance between neighbours along each axis in the order of the shape, (y, x) or (z, y, x), in any unit; empty = 1 each.</param>
    /// <returns>H·W or D·H·W squared distances in the square of the spacing's unit.</returns>
    /// <exception cref="ArgumentException">The spacing does not have one positive finite number per axis.</exception>
    public static double[] Squared(BinaryMask sources, params ReadOnlySpan<double> spacing)
    {
        ArgumentNullException.ThrowIfNull(sources);
        return Squared(sources.Voxels.ToArray(), sources.Depth, sources.Height, sources.Width, GridSpacing.Of(sources.Axes, spacing), wanted: null, new());
    }

    /// <summary>As the public method, on bytes 0 or 1 of shape [D, H, W]; where <paramref name="wanted"/> is given, only its ones need be right.</summary>
    /// <returns>The memory of <paramref name="buffer"/>, which may be longer than D·H·W.</returns>
    internal static double[] Squared(byte[] sources, int depth, int height, int width, GridSpacing spacing, byte[]? wanted, DistanceBuffer buffer)
    {
        var squared = buffer.Take(sources.Length);
        Parallel.For(0, depth, z =>
        {
            for (var row = z * height; row < (z + 1) * height; row++)
            {
                ScanRow(sources.AsSpan(row * width, width), squared.AsSpan(row * width, width), spacing.X);
            }
        });
        Parallel.For(0, depth, () => new PanelScratch(height, spacing.Y), (z, _, scratch) =>
        {
            TransformPanel(squared, z * height * width, width, height, width, depth == 1 ? wanted : null, scratch);
            return scratch;
        }, _ => { });
        if (depth > 1)
        {
            Parallel.For(0, height, () => new PanelScratch(depth, spacing.Z), (y, _, scratch) =>
            {
                TransformPanel(squared, y * width, height * width, depth, width, wanted, scratch);
                return scratch;
            }, _ => { });
        }
        return squared;
    }

    /// <summary>Squared distance along one row: once from the left, once from the right.</summary>
    private static void ScanRow(ReadOnlySpan<byte> sources, Span<double> squared, double spacing)
    {
        if (!sources.Contains((byte)1))
        {
            squared.Fill(double.PositiveInfinity);
            return;
        }
        var nearest = double.NegativeInfinity;
        for (var x = 0; x < sources.Length; x++)
        {
            nearest = sources[x] != 0 ? x : nearest;
            squared[x] = x - nearest;
        }
        nearest = double.PositiveInfinity;
        for (var x = sources.Length - 1; x >= 0; x--)
        {
            nearest = sources[x] != 0 ? x : nearest;
            var distance = Math.Min(squared[x], nearest - x) * spacing;
            squared[x] = distance * distance;
        }
    }

    /// <summary>Envelopes of <paramref name="columns"/> neighbouring lines of <paramref name="length"/> voxels that lie <paramref name="stride"/> apart.</summary>
    private static void TransformPanel(double[] squared, int origin, int stride, int length, int columns, byte[]? wanted, PanelScratch scratch)
    {
        for (var first = 0; first < columns; first += TileWidth)
        {
            var tile = Math.Min(TileWidth, columns - first);
            var start = origin + first;
            if (wanted is not null && !AnyWanted(wanted, squared, start, stride, length, tile))
            {
                continue;
            }
            for (var k = 0; k < length; k++)
            {
                var row = squared.AsSpan(start + (k * stride), tile);
                for (var c = 0; c < row.Length; c++)
                {
                    scratch.Lines[(c * length) + k] = row[c];
                }
            }
            for (var c = 0; c < tile; c++)
            {
                scratch.Envelope.Transform(scratch.Lines.AsSpan(c * length, length));
            }
            for (var k = 0; k < length; k++)
            {
                var row = squared.AsSpan(start + (k * stride), tile);
                for (var c = 0; c < row.Length; c++)
                {
                    row[c] = scratch.Lines[(c * length) + k];
                }
            }
        }
    }

    /// <summary>Whether a wanted voxel may still come nearer: one at distance 0 cannot.</summary>
    private static bool AnyWanted(byte[] wanted, double[] squared, int start, int stride, int length, int tile)
    {
        for (var at = start; at < start + (length * stride); at += stride)
        {
            var row = wanted.AsSpan(at, tile);
            if (!row.Contains((byte)1))
            {
                continue;
            }
            for (var c = 0; c < row.Length; c++)
            {
                if (row[c] != 0 && squared[at + c] > 0)
                {
                    return true;
                }
            }
        }
        return false;
    }

    private sealed class PanelScratch(int length, double spacing)
    {
        public double[] Lines { get; } = new double[length * TileWidth];

        public LowerEnvelope Envelope { get; } = new(length, spacing);
    }
}

/// <summary>Memory for distances that one measurement after the other uses.</summary>
internal sealed class DistanceBuffer
{
    private double[] _values = [];

    /// <summary>At least <paramref name="length"/> values, whatever is in them; what was taken before is taken back.</summary>
    public double[] Take(int length)
    {
        if (_values.Length < length)
        {
            _values = []; // So that both are never in memory.
            _values = GC.AllocateUninitializedArray<double>(length);
        }
        return _values;
    }
}
