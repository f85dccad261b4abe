namespace SAMed.MLNet.Transforms;

/// <summary>Which of SAMed's spatial augmentations is applied.</summary>
public enum AugmentationKind
{
    /// <summary>The sample stays as it is.</summary>
    None = 0,

    /// <summary>Quarter turns, then a flip.</summary>
    RotateFlip = 1,

    /// <summary>A small rotation.</summary>
    Rotate = 2,
}

/// <summary>One drawn augmentation, applied alike to image and label. Source: SAMed, RandomGenerator in datasets/dataset_synapse.py.</summary>
public readonly record struct Augmentation
{
    private Augmentation(AugmentationKind kind, int quarterTurns, int flipAxis, int angleDegrees) =>
        (Kind, QuarterTurns, FlipAxis, AngleDegrees) = (kind, quarterTurns, flipAxis, angleDegrees);

    /// <summary>No augmentation.</summary>
    public static Augmentation None => default;

    /// <summary>What is done.</summary>
    public AugmentationKind Kind { get; }

    /// <summary>Counter-clockwise quarter turns 0..3 of <see cref="AugmentationKind.RotateFlip"/>.</summary>
    public int QuarterTurns { get; }

    /// <summary>Axis 0 (rows) or 1 (columns) that <see cref="AugmentationKind.RotateFlip"/> reverses after turning.</summary>
    public int FlipAxis { get; }

    /// <summary>Angle of <see cref="AugmentationKind.Rotate"/>, in whole degrees counter-clockwise.</summary>
    public int AngleDegrees { get; }

    /// <summary>Quarter turns 0..3, then a flip along axis 0 or 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Turns or axis are outside their ranges.</exception>
    public static Augmentation RotatedFlipped(int quarterTurns, int flipAxis)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(quarterTurns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quarterTurns, 3);
        ArgumentOutOfRangeException.ThrowIfNegative(flipAxis);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(flipAxis, 1);
        return new(AugmentationKind.RotateFlip, quarterTurns, flipAxis, 0);
    }

    /// <summary>A rotation by whole degrees.</summary>
    public static Augmentation Rotated(int angleDegrees) => new(AugmentationKind.Rotate, 0, 0, angleDegrees);

    /// <summary>Draws as the reference decides: half of the samples are turned and flipped (turns 0..3, axis 0..1), a quarter is rotated by -20..19°, a quarter stays.</summary>
    public static Augmentation Draw(ref SampleRandom random)
    {
        if (random.NextDouble() >= 0.5)
        {
            var turns = random.Next(0, 4);
            return RotatedFlipped(turns, random.Next(0, 2));
        }
        return random.NextDouble() >= 0.5 ? Rotated(random.Next(-20, 20)) : None;
    }

    /// <summary>Applies it to a plane [H, W] and returns the size of the result, whose sides are exchanged after an odd number of quarter turns.</summary>
    /// <param name="source">[H, W].</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="destination">H·W values; must not overlap the source.</param>
    /// <exception cref="ArgumentException">A size is below 1 or a length differs from its sizes.</exception>
    public (int Height, int Width) Apply<T>(ReadOnlySpan<T> source, int height, int width, Span<T> destination)
        where T : unmanaged
    {
        switch (Kind)
        {
            case AugmentationKind.RotateFlip:
                RotateFlip.Apply(source, height, width, destination, QuarterTurns, FlipAxis);
                return (QuarterTurns & 1) == 0 ? (height, width) : (width, height);
            case AugmentationKind.Rotate:
                SmallRotation.Apply(source, height, width, destination, AngleDegrees);
                return (height, width);
            default:
                Plane.Check(source.Length, height, width, nameof(source));
                Plane.Check(destination.Length, height, width, nameof(destination));
                source.CopyTo(destination);
                return (height, width);
        }
    }
}
