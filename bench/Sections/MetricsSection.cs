using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Bench.Reporting;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>Surface distances of a liver-sized organ, and of eight organs, in a CT of 100×512×512 voxels, from two full-size masks to the numbers.</summary>
internal static class MetricsSection
{
    private const int Depth = 100, Height = 512, Width = 512;
    private static readonly double[] SpacingMm = [2.5, 0.75, 0.75];

    // Seconds of the usual Python code: one such organ, and eight.
    private const double ReferenceOrgan = 11.8, ReferenceCase = 95, WantedCase = 1;

    public static void Run(BenchOptions options, Report report)
    {
        var reference = LiverLike(shift: 0, ripple: 0.06);
        var prediction = LiverLike(shift: 3, ripple: 0.10);
        var rounds = options.Repetitions ?? (options.Quick ? 3 : 15);
        var (got, expected) = (new BinaryMask(prediction, Depth, Height, Width), new BinaryMask(reference, Depth, Height, Width));
        report.Add("the organ", Numbers.Text($"{expected.Count:N0} voxels in {Depth} × {Height} × {Width}, Dice {Overlap.Dice(got, expected):0.0000}"));
        var (organGot, organExpected) = (EightOrgans(prediction), EightOrgans(reference));
        LabelClass[] organs = [.. Enumerable.Range(1, 8).Select(id => new LabelClass(id, $"organ {id}"))];
        var (tubesGot, tubesExpected) = (Tubes(shift: 3), Tubes(shift: 0));
        var found = Rounds.Measure(rounds, 2,
            () => Distances(prediction, reference).PooledPercentile(95),
            () => AllOf(Distances(prediction, reference)),
            () => OrganScorer.Score("case", organGot, organExpected, organs, new()),
            () => OrganScorer.Score("case", tubesGot, tubesExpected, organs, new()));
        report.Add("HD95 of one organ", found[0].ToString(), $"Python: {Numbers.Seconds(ReferenceOrgan)}", new(ReferenceOrgan / found[0].Median, RatioUnit.Times));
        report.Add("HD, HD95, ASSD and NSD of one organ", found[1].ToString());
        report.Add("HD, HD95, ASSD, NSD and Dice of eight organs", found[2].ToString(), $"Python: {Numbers.Seconds(ReferenceCase)}", new(found[2].Median, RatioUnit.Seconds, WantedCase, AtLeast: false));
        report.Add("the same of eight organs that fill the volume, bundles of winding tubes", found[3].ToString());
    }

    private static SurfaceDistances Distances(byte[] prediction, byte[] reference) =>
        SurfaceDistances.Between(new BinaryMask(prediction, Depth, Height, Width), new BinaryMask(reference, Depth, Height, Width), 1, SpacingMm);

    private static void AllOf(SurfaceDistances distances)
    {
        _ = distances.Hausdorff;
        _ = distances.PooledPercentile(95);
        _ = distances.Assd;
        _ = distances.Nsd(2);
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

    /// <summary>A hard scene: the box around each organ is the volume, and its surface is thirty times that of an organ.</summary>
    private static LabelVolume Tubes(int shift)
    {
        const int Pitch = 16, Middle = Pitch / 2, SquaredRadius = 30;
        var labels = new LabelVolume(Geometry.Unplaced(Depth, Height, Width, SpacingMm[2], SpacingMm[1], SpacingMm[0]));
        for (var i = 0; i < labels.Voxels.Length; i++)
        {
            var z = i / (Height * Width);
            var (y, x) = ((i / Width % Height) + shift + (int)(3 * Math.Sin(z / 5.0)), (i % Width) + Middle + (int)(3 * Math.Cos(z / 5.0)));
            var (fromY, fromX) = ((y % Pitch) - Middle, (x % Pitch) - Middle);
            labels.Voxels[i] = (fromY * fromY) + (fromX * fromX) < SquaredRadius ? (ushort)(1 + (((x / Pitch) + (3 * (y / Pitch))) % 8)) : (ushort)0;
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
