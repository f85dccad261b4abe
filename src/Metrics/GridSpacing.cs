using System.Globalization;

namespace SAMed.MLNet.Metrics;

/// <summary>Distance between neighbouring voxels along z, y and x.</summary>
internal readonly record struct GridSpacing(double Z, double Y, double X)
{
    public static GridSpacing One => new(1, 1, 1);

    /// <summary>From one number per axis in the order of the shape, or none for 1 each.</summary>
    /// <exception cref="ArgumentException">Another count, or a number that is not positive and finite.</exception>
    public static GridSpacing Of(int axes, ReadOnlySpan<double> spacing)
    {
        if (spacing.IsEmpty)
        {
            return One;
        }
        var valid = spacing.Length == axes;
        foreach (var step in spacing)
        {
            valid &= double.IsFinite(step) && step > 0;
        }
        if (!valid)
        {
            var got = string.Join(", ", spacing.ToArray().Select(step => step.ToString(CultureInfo.InvariantCulture)));
            throw new ArgumentException($"The spacing of a {axes}-D mask is {axes} positive finite numbers in the order of its shape, got [{got}].", nameof(spacing));
        }
        return new(axes == 3 ? spacing[0] : 1, spacing[^2], spacing[^1]);
    }
}
