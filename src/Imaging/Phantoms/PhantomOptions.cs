namespace SAMed.MLNet.Imaging.Phantoms;

/// <summary>What <see cref="AbdomenPhantom"/> draws. The anatomy always fills the grid, so every organ is present at every size.</summary>
public sealed record PhantomOptions
{
    /// <summary>Columns W of a slice, at least 32. Default 96.</summary>
    public int Width { get; init; } = 96;

    /// <summary>Rows H of a slice, at least 32. Default 96.</summary>
    public int Height { get; init; } = 96;

    /// <summary>Slices D from the lower kidneys to the lung bases, at least 8. Default 24.</summary>
    public int Depth { get; init; } = 24;

    /// <summary>Distance of neighbouring voxels along x in mm, above 0. Default 3.6.</summary>
    public double SpacingXMm { get; init; } = 3.6;

    /// <summary>Distance of neighbouring voxels along y in mm, above 0. Default 3.6.</summary>
    public double SpacingYMm { get; init; } = 3.6;

    /// <summary>Distance of neighbouring slices in mm, above 0. Default 4.</summary>
    public double SpacingZMm { get; init; } = 4;

    /// <summary>Mean standard deviation of the noise in HU, 0 or more; each scanner's own is 0.6 to 1.4 times this when <see cref="ScannerVariation"/> is 1. Default 12.</summary>
    public double NoiseHu { get; init; } = 12;

    /// <summary>How much organs differ between patients in place, size, shape and contrast: 0 = one anatomy for all seeds, 1 = default.</summary>
    public double AnatomyVariation { get; init; } = 1;

    /// <summary>How much scanners differ in noise, sharpness, HU offset, shading and couch: 0 = one scanner for all seeds, 1 = default.</summary>
    public double ScannerVariation { get; init; } = 1;

    /// <summary>Whether the couch below the patient is drawn. Default true.</summary>
    public bool Couch { get; init; } = true;

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">One or more options are out of range; the message lists them all.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        Check(Width is >= 32 and <= 2048, nameof(Width), "32 to 2048", Width);
        Check(Height is >= 32 and <= 2048, nameof(Height), "32 to 2048", Height);
        Check(Depth is >= 8 and <= 2048, nameof(Depth), "8 to 2048", Depth);
        Check(SpacingXMm is > 0 and <= 100, nameof(SpacingXMm), "above 0, at most 100 mm", SpacingXMm);
        Check(SpacingYMm is > 0 and <= 100, nameof(SpacingYMm), "above 0, at most 100 mm", SpacingYMm);
        Check(SpacingZMm is > 0 and <= 100, nameof(SpacingZMm), "above 0, at most 100 mm", SpacingZMm);
        Check(NoiseHu is >= 0 and <= 200, nameof(NoiseHu), "0 to 200 HU", NoiseHu);
        Check(AnatomyVariation is >= 0 and <= 1.5, nameof(AnatomyVariation), "0 to 1.5", AnatomyVariation);
        Check(ScannerVariation is >= 0 and <= 1.5, nameof(ScannerVariation), "0 to 1.5", ScannerVariation);
        if (faults.Count > 0)
        {
            throw new ArgumentException("Phantom options: " + string.Join("; ", faults) + ".");
        }

        void Check(bool holds, string name, string expected, IFormattable got)
        {
            if (!holds)
            {
                faults.Add($"{name}: expected {expected}, got {got.ToString(null, System.Globalization.CultureInfo.InvariantCulture)}");
            }
        }
    }
}
