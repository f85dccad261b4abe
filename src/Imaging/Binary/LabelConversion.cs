using System.Globalization;
using System.Numerics;

namespace SAMed.MLNet.Imaging.Binary;

/// <summary>Turns stored numbers of any type into label ids.</summary>
internal static class LabelConversion
{
    /// <summary>How far a scaled value may lie from a whole number: the rounding of slope and intercept, no more.</summary>
    private const double ScaledTolerance = 1e-3;

    /// <summary>Ids 0..65535 from the stored values, after value · slope + intercept.</summary>
    /// <exception cref="VolumeFormatException">A value is negative, above 65535, not a whole number or not finite: names the voxel.</exception>
    public static ushort[] ToLabels(Array data, Geometry geometry, string path, double slope = 1, double intercept = 0)
    {
        var labels = GC.AllocateUninitializedArray<ushort>(data.Length);
        ToLabels(data, labels, geometry, 0, path, slope, intercept);
        return labels;
    }

    /// <summary>The same for a part of a volume, whose first voxel has the number <paramref name="first"/>, into memory of the caller's.</summary>
    public static void ToLabels(Array data, Memory<ushort> destination, Geometry geometry, int first, string path, double slope = 1, double intercept = 0) =>
        Elements.Accept(data, new Visitor(destination, geometry, first, path, slope, intercept));

    private sealed class Visitor(Memory<ushort> destination, Geometry geometry, int first, string path, double slope, double intercept) : IElementVisitor<int>
    {
        public int Visit<T>(ReadOnlySpan<T> data)
            where T : unmanaged, INumberBase<T>
        {
            var tolerance = slope == 1 && intercept == 0 ? 0 : ScaledTolerance;
            var labels = destination.Span[..data.Length];
            for (var n = 0; n < labels.Length; n++)
            {
                var value = (double.CreateTruncating(data[n]) * slope) + intercept;
                var rounded = Math.Round(value);
                // Written so that NaN fails.
                if (!(Math.Abs(value - rounded) <= tolerance && rounded >= 0 && rounded <= ushort.MaxValue))
                {
                    throw Fault(first + n, value);
                }
                labels[n] = (ushort)rounded;
            }
            return labels.Length;
        }

        private VolumeFormatException Fault(int n, double value)
        {
            var (x, y, z) = (n % geometry.Width, n / geometry.Width % geometry.Height, n / geometry.SliceLength);
            return new VolumeFormatException(path, string.Create(CultureInfo.InvariantCulture, $"label at voxel x={x}, y={y}, z={z}"),
                "a whole number from 0 to 65535 (is this an image instead of a label map?)", value.ToString("R", CultureInfo.InvariantCulture));
        }
    }
}
