using CsCheck;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Metrics.Tests;

/// <summary>Small masks and volumes that several tests share.</summary>
internal static class Scenes
{
    /// <summary>A mask drawn in text: '#' is inside, rows are lines.</summary>
    public static BinaryMask Draw(params string[] rows) =>
        new(rows.SelectMany(row => row).Select(symbol => symbol == '#' ? (byte)1 : (byte)0).ToArray(), rows.Length, rows[0].Length);

    /// <summary>A label volume with spacing 1 whose class 1 is the mask. A 3-D mask of one slice gets an empty second one, or it would be scored as an image.</summary>
    public static LabelVolume Labels(BinaryMask mask)
    {
        var depth = mask is { Axes: 3, Depth: 1 } ? 2 : mask.Depth;
        var labels = new LabelVolume(Geometry.Unplaced(depth, mask.Height, mask.Width));
        for (var i = 0; i < mask.Voxels.Length; i++)
        {
            labels.Voxels[i] = mask.Voxels[i];
        }
        return labels;
    }

    /// <summary>A volume of background.</summary>
    public static LabelVolume Empty(int depth = 4, int height = 5, int width = 6, double spacing = 1) =>
        new(Geometry.Unplaced(depth, height, width, spacing, spacing, spacing));

    /// <summary>The volume with a box of label <paramref name="id"/>, ends excluded, written into it.</summary>
    public static LabelVolume WithBox(this LabelVolume labels, ushort id, int z0, int y0, int x0, int z1, int y1, int x1)
    {
        for (var z = z0; z < z1; z++)
        {
            for (var y = y0; y < y1; y++)
            {
                for (var x = x0; x < x1; x++)
                {
                    labels[z, y, x] = id;
                }
            }
        }
        return labels;
    }

    /// <summary>Two random masks on one small 2-D or 3-D grid, sparse to dense, possibly empty, and a spacing.</summary>
    public static Gen<MaskPair> RandomPair { get; } =
        from across in Gen.Int[1, 7].Array[1, 2]
        from width in Gen.Int[1, 20] // More than a tile of the distance transform.
        let shape = (int[])[.. across, width]
        from densities in Gen.Double[0, 1].Array[2]
        from uniform in Gen.Double[0, 1].Array[2 * shape.Aggregate(1, (a, b) => a * b)]
        from spacing in Gen.Double[0.3, 5].Array[shape.Length]
        let count = uniform.Length / 2
        select new MaskPair(
            new(Threshold(uniform.AsSpan(0, count), densities[0]), shape), new(Threshold(uniform.AsSpan(count), densities[1]), shape), shape, spacing);

    private static byte[] Threshold(ReadOnlySpan<double> uniform, double density) => Array.ConvertAll(uniform.ToArray(), value => value < density ? (byte)1 : (byte)0);
}

internal sealed record MaskPair(BinaryMask A, BinaryMask B, int[] Shape, double[] Spacing)
{
    public override string ToString() => $"shape [{string.Join(",", Shape)}] spacing [{string.Join(",", Spacing)}] a {string.Concat(A.Voxels.ToArray())} b {string.Concat(B.Voxels.ToArray())}";
}
