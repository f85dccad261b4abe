using System.Globalization;

namespace SAMed.MLNet.Imaging;

/// <summary>The grid of a volume: its size in voxels and where each voxel lies in the patient.
/// Arrays are (z, y, x) = [D, H, W] with x fastest; the affine takes (i = x, j = y, k = z) to mm RAS+.</summary>
public sealed record Geometry
{
    /// <summary>A grid of <paramref name="depth"/>×<paramref name="height"/>×<paramref name="width"/> voxels placed by <paramref name="affine"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or the number of voxels exceeds the largest array.</exception>
    /// <exception cref="ArgumentException">The affine holds NaN or infinity, or a voxel axis has no length.</exception>
    public Geometry(int depth, int height, int width, Affine affine)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)depth * height * (double)width, Array.MaxLength, nameof(depth));
        if (!affine.IsFinite || affine.StepMm(0) == 0 || affine.StepMm(1) == 0 || affine.StepMm(2) == 0)
        {
            throw new ArgumentException($"The affine must be finite and give every voxel axis a length; got {affine}.", nameof(affine));
        }
        (Depth, Height, Width, Affine) = (depth, height, width, affine);
    }

    /// <summary>Number of slices D (axis k, z).</summary>
    public int Depth { get; }

    /// <summary>Number of rows H of a slice (axis j, y).</summary>
    public int Height { get; }

    /// <summary>Number of columns W of a slice (axis i, x).</summary>
    public int Width { get; }

    /// <summary>Voxel index (i, j, k) to mm RAS+.</summary>
    public Affine Affine { get; }

    /// <summary>D·H·W.</summary>
    public int VoxelCount => Depth * Height * Width;

    /// <summary>H·W.</summary>
    public int SliceLength => Height * Width;

    /// <summary>Distance in mm between neighbouring voxels along x (i), y (j) and z (k).</summary>
    public (double X, double Y, double Z) SpacingMm => (Affine.StepMm(0), Affine.StepMm(1), Affine.StepMm(2));

    /// <summary>A grid without a known place: identity directions, origin 0, the given spacing in mm.</summary>
    public static Geometry Unplaced(int depth, int height, int width, double spacingXMm = 1, double spacingYMm = 1, double spacingZMm = 1) =>
        new(depth, height, width, Affine.Diagonal(spacingXMm, spacingYMm, spacingZMm));

    /// <summary>Whether both grids have the same size and place every voxel within <paramref name="toleranceMm"/>.</summary>
    public bool Matches(Geometry other, double toleranceMm = 1e-2)
    {
        if ((Depth, Height, Width) != (other.Depth, other.Height, other.Width))
        {
            return false;
        }
        // The difference of two affine maps is largest at a corner of the grid.
        for (var corner = 0; corner < 8; corner++)
        {
            double i = (corner & 1) == 0 ? 0 : Width - 1, j = (corner & 2) == 0 ? 0 : Height - 1, k = (corner & 4) == 0 ? 0 : Depth - 1;
            var (a, b) = (Affine.Apply(i, j, k), other.Affine.Apply(i, j, k));
            if (!(Math.Abs(a.X - b.X) <= toleranceMm && Math.Abs(a.Y - b.Y) <= toleranceMm && Math.Abs(a.Z - b.Z) <= toleranceMm))
            {
                return false;
            }
        }
        return true;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var (x, y, z) = SpacingMm;
        return string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}x{Depth} voxels (x,y,z), spacing {x:0.###}x{y:0.###}x{z:0.###} mm, affine {Affine}");
    }
}
