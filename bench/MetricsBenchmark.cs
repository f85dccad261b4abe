using SAMed.MLNet.Imaging;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Bench;

/// <summary>HD95 of a liver-sized organ in a CT of 100×512×512 voxels, from two full-size masks to the number.</summary>
internal static class MetricsBenchmark
{
    private const int Depth = 100, Height = 512, Width = 512;
    private static readonly double[] SpacingMm = [2.5, 0.75, 0.75];

    public static void Run(int repetitions)
    {
        var reference = LiverLike(shift: 0, ripple: 0.06);
        var prediction = LiverLike(shift: 3, ripple: 0.10);
        Console.WriteLine(Timing.Text($"volume {Depth}x{Height}x{Width}, spacing {SpacingMm[0]}x{SpacingMm[1]}x{SpacingMm[2]} mm, {Environment.ProcessorCount} cores"));
        var (expected, got) = (new BinaryMask(reference, Depth, Height, Width), new BinaryMask(prediction, Depth, Height, Width));
        var distances = SurfaceDistances.Between(got, expected, 1, SpacingMm);
        Console.WriteLine(Timing.Text($"reference {expected.Count} voxels ({distances.ReferenceSurfaceVoxels} surface), prediction {got.Count} ({distances.PredictionSurfaceVoxels} surface), Dice {Overlap.Dice(got, expected):0.0000}, HD95 {distances.PooledPercentile(95):0.000} mm"));
        Timing.Print("HD95, masks in memory", repetitions, () =>
        {
            var a = new BinaryMask(prediction, Depth, Height, Width);
            var b = new BinaryMask(reference, Depth, Height, Width);
            return SurfaceDistances.Between(a, b, 1, SpacingMm).PooledPercentile(95);
        });
        Timing.Print("HD, HD95, ASSD, NSD at 2 mm", repetitions, () =>
        {
            var a = new BinaryMask(prediction, Depth, Height, Width);
            var b = new BinaryMask(reference, Depth, Height, Width);
            var d = SurfaceDistances.Between(a, b, 1, SpacingMm);
            return d.Hausdorff + d.PooledPercentile(95) + d.Assd + d.Nsd(2);
        });
        RunWholeCase(prediction, reference, repetitions);
    }

    private static void RunWholeCase(byte[] prediction, byte[] reference, int repetitions)
    {
        LabelClass[] organs = [.. Enumerable.Range(1, 8).Select(id => new LabelClass(id, $"organ {id}"))];
        var (got, expected) = (EightOrgans(prediction), EightOrgans(reference));
        Timing.Print("whole case, 8 organs, all measures", repetitions, () => OrganScorer.Score("case", got, expected, organs, new()).Organs[0].Hd95);
    }

    /// <summary>The liver-like organ as class 1 and seven stripes of it, cut out, as classes 2 to 8.</summary>
    private static LabelVolume EightOrgans(byte[] mask)
    {
        var labels = new LabelVolume(Geometry.Unplaced(Depth, Height, Width, SpacingMm[2], SpacingMm[1], SpacingMm[0]));
        for (var i = 0; i < mask.Length; i++)
        {
            var y = i / Width % Height;
            labels.Voxels[i] = mask[i] == 0 ? (ushort)0 : y < 300 ? (ushort)1 : (ushort)Math.Min(8, 2 + ((y - 300) / 8));
        }
        return labels;
    }

    /// <summary>A bumpy ellipsoid of about 2.2 million voxels, 3.1 litres at this spacing: twice a usual liver.</summary>
    private static byte[] LiverLike(int shift, double ripple)
    {
        var mask = new byte[Depth * Height * Width];
        for (var z = 0; z < Depth; z++)
        {
            for (var y = 0; y < Height; y++)
            {
                for (var x = 0; x < Width; x++)
                {
                    double u = (z - 50 - (shift / 3.0)) / 40, v = (y - 250 - shift) / 105.0, w = (x - 190 + shift) / 125.0;
                    var bumps = 1 + (ripple * Math.Sin(9 * u) * Math.Cos(11 * v) * Math.Sin(7 * w)) + (ripple * Math.Sin(23 * v + (17 * w)));
                    mask[(((z * Height) + y) * Width) + x] = (u * u) + (v * v) + (w * w) < bumps ? (byte)1 : (byte)0;
                }
            }
        }
        return mask;
    }
}
