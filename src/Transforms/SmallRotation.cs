namespace SAMed.MLNet.Transforms;

/// <summary>Rotation about the plane's centre by nearest neighbour, keeping the size and filling with zero, equal to scipy.ndimage.rotate (order 0, reshape False):
/// SAMed's random_rotate (datasets/dataset_synapse.py), which treats image and label alike.</summary>
public static class SmallRotation
{
    /// <summary>Rotates counter-clockwise (rows counted downwards) by <paramref name="angleDegrees"/>.</summary>
    /// <param name="source">[H, W].</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="destination">[H, W]; must not overlap the source.</param>
    /// <param name="angleDegrees">Any finite angle in degrees; the published augmentation uses -20..19.</param>
    /// <exception cref="ArgumentException">A size is below 1, a length differs from its sizes, or the angle is not finite.</exception>
    public static void Apply<T>(ReadOnlySpan<T> source, int height, int width, Span<T> destination, double angleDegrees)
        where T : unmanaged
    {
        Plane.Check(source.Length, height, width, nameof(source));
        Plane.Check(destination.Length, height, width, nameof(destination));
        if (!double.IsFinite(angleDegrees))
        {
            throw new ArgumentException($"The angle must be a finite number of degrees, got {angleDegrees}.", nameof(angleDegrees));
        }
        var (sin, cos) = Math.SinCos(angleDegrees * (Math.PI / 180));
        var (centreY, centreX) = ((height - 1) / 2.0, (width - 1) / 2.0);
        var offsetY = centreY - ((cos * centreY) + (sin * centreX));
        var offsetX = centreX - ((-sin * centreY) + (cos * centreX));
        for (var i = 0; i < height; i++)
        {
            var row = destination.Slice(i * width, width);
            for (var j = 0; j < width; j++)
            {
                // The order of these sums decides ties: it is the reference's.
                var (y, x) = (offsetY + (i * cos) + (j * sin), offsetX + (i * -sin) + (j * cos));
                var inside = y >= 0 && y <= height - 1 && x >= 0 && x <= width - 1;
                row[j] = inside ? source[((int)(y + 0.5) * width) + (int)(x + 0.5)] : default;
            }
        }
    }
}
