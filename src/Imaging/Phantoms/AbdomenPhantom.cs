namespace SAMed.MLNet.Imaging.Phantoms;

/// <summary>Draws an abdominal CT from a seed: trunk, skeleton, lungs, vessels, bowel, couch and the eight organs of the Synapse challenge,
/// with each patient's anatomy and each scanner's look. Not a patient: for demonstrations and tests that need data without an owner.</summary>
public static class AbdomenPhantom
{
    private const float AirHu = -1000;

    /// <summary>One patient on one scanner.</summary>
    /// <param name="seed">Chooses patient and scanner; the same seed and options give the same voxels.</param>
    /// <param name="options">Grid, noise and variation.</param>
    /// <returns>Attenuation in HU, whole numbers in [-1024, 3071], and class ids 0..8 (1 spleen, 2 right kidney, 3 left kidney, 4 gallbladder, 5 liver, 6 stomach, 7 aorta,
    /// 8 pancreas), both [D, H, W] on one grid in RAS order: x grows to the patient's right, y to the front, z to the head.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static (Volume<float> Hu, LabelVolume Labels) Create(int seed, PhantomOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var geometry = GridOf(options);
        var hu = new Volume<float>(geometry);
        var labels = new LabelVolume(geometry);
        var frame = new BodyFrame(options, PhantomRandom.For(seed, 1));
        var shells = PaintTrunk(hu, frame, PhantomRandom.For(seed, 2), options.AnatomyVariation);
        foreach (var structure in Anatomy.Draw(PhantomRandom.For(seed, 3), options.AnatomyVariation))
        {
            Paint(structure, frame, shells, hu, labels);
        }
        if (options.Couch)
        {
            PaintCouch(hu, frame, PhantomRandom.For(seed, 4), options.ScannerVariation);
        }
        new Scanner(options, PhantomRandom.For(seed, 5)).Scan(hu);
        return (hu, labels);
    }

    // The grid's centre lies at the origin of the patient's axes.
    private static Geometry GridOf(PhantomOptions options)
    {
        var (x, y, z) = (options.SpacingXMm, options.SpacingYMm, options.SpacingZMm);
        return new Geometry(options.Depth, options.Height, options.Width, new Affine(
            x, 0, 0, -0.5 * x * (options.Width - 1),
            0, y, 0, -0.5 * y * (options.Height - 1),
            0, 0, z, -0.5 * z * (options.Depth - 1)));
    }

    private static Shell[] PaintTrunk(Volume<float> hu, BodyFrame frame, PhantomRandom random, double vary)
    {
        var grid = hu.Geometry;
        var fatHu = (float)(-100 + random.Around(10 * vary));
        var muscleHu = (float)(50 + random.Around(8 * vary));
        var shells = new Shell[grid.SliceLength];
        for (var pixel = 0; pixel < shells.Length; pixel++)
        {
            shells[pixel] = frame.ShellAt(frame.U(pixel % grid.Width), frame.V(pixel / grid.Width));
        }
        for (var z = 0; z < grid.Depth; z++)
        {
            var slice = hu.Slice(z);
            for (var pixel = 0; pixel < shells.Length; pixel++)
            {
                slice[pixel] = shells[pixel] switch { Shell.Outside => AirHu, Shell.Muscle => muscleHu, _ => fatHu };
            }
        }
        return shells;
    }

    private static void Paint(Structure structure, BodyFrame frame, Shell[] shells, Volume<float> hu, LabelVolume labels)
    {
        var grid = hu.Geometry;
        var (x0, x1) = Range(structure, blob => (blob.U, blob.Reach.U), frame.Column, grid.Width);
        var (y0, y1) = Range(structure, blob => (blob.V, blob.Reach.V), frame.Row, grid.Height);
        var (z0, z1) = Range(structure, blob => (blob.W, blob.Reach.W), frame.Slice, grid.Depth);
        var innermost = structure.InCavity ? Shell.Cavity : Shell.Fat;
        for (var z = z0; z <= z1; z++)
        {
            var w = frame.W(z);
            for (var y = y0; y <= y1; y++)
            {
                var v = frame.V(y);
                for (var x = x0; x <= x1; x++)
                {
                    if (shells[(y * grid.Width) + x] >= innermost && structure.Contains(frame.U(x), v, w))
                    {
                        hu[z, y, x] = (float)structure.Hu;
                        labels[z, y, x] = structure.Label;
                    }
                }
            }
        }
    }

    private static (int First, int Last) Range(Structure structure, Func<Blob, (double Centre, double Reach)> extent, Func<double, double> toIndex, int count)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (var blob in structure.Parts)
        {
            var (centre, reach) = extent(blob);
            low = Math.Min(low, toIndex(centre - reach));
            high = Math.Max(high, toIndex(centre + reach));
        }
        return ((int)Math.Clamp(Math.Floor(low), 0, count), (int)Math.Clamp(Math.Ceiling(high), -1, count - 1));
    }

    // A shallow trough of carbon fibre around foam.
    private static void PaintCouch(Volume<float> hu, BodyFrame frame, PhantomRandom random, double vary)
    {
        var grid = hu.Geometry;
        var top = -1.10 + random.Around(0.03 * vary);
        var curve = 0.10 + random.Around(0.06 * vary);
        var shellHu = (float)(-150 + random.Around(100 * vary));
        for (var y = 0; y < grid.Height; y++)
        {
            for (var x = 0; x < grid.Width; x++)
            {
                double u = frame.U(x), depth = top + (curve * u * u) - frame.V(y);
                if (Math.Abs(u) > 0.95 || depth < 0 || depth > 0.22 || frame.ShellAt(u, frame.V(y)) != Shell.Outside)
                {
                    continue;
                }
                for (var z = 0; z < grid.Depth; z++)
                {
                    hu[z, y, x] = depth is < 0.05 or > 0.18 ? shellHu : -900;
                }
            }
        }
    }
}
