using System.Globalization;

namespace SAMed.MLNet.Imaging;

/// <summary>A 3-D affine map: three rows of a 4×4 matrix whose last row is 0 0 0 1.
/// It takes a voxel index (i = x, j = y, k = z) to millimetres in RAS+ (x to the patient's right, y to the front, z to the head).</summary>
/// <param name="M00">Row 0, column 0.</param><param name="M01">Row 0, column 1.</param><param name="M02">Row 0, column 2.</param><param name="M03">Row 0, translation in mm.</param>
/// <param name="M10">Row 1, column 0.</param><param name="M11">Row 1, column 1.</param><param name="M12">Row 1, column 2.</param><param name="M13">Row 1, translation in mm.</param>
/// <param name="M20">Row 2, column 0.</param><param name="M21">Row 2, column 1.</param><param name="M22">Row 2, column 2.</param><param name="M23">Row 2, translation in mm.</param>
public readonly record struct Affine(
    double M00, double M01, double M02, double M03,
    double M10, double M11, double M12, double M13,
    double M20, double M21, double M22, double M23)
{
    /// <summary>The map whose voxel axes are the patient axes, 1 mm apart, with its origin at 0.</summary>
    public static Affine Identity { get; } = Diagonal(1, 1, 1);

    /// <summary>Element at <paramref name="row"/> 0..2 and <paramref name="column"/> 0..3.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Row or column is outside the matrix.</exception>
    public double this[int row, int column] => (row, column) switch
    {
        (0, 0) => M00, (0, 1) => M01, (0, 2) => M02, (0, 3) => M03,
        (1, 0) => M10, (1, 1) => M11, (1, 2) => M12, (1, 3) => M13,
        (2, 0) => M20, (2, 1) => M21, (2, 2) => M22, (2, 3) => M23,
        _ => throw new ArgumentOutOfRangeException(nameof(row), $"An affine has rows 0..2 and columns 0..3; asked for [{row}, {column}]."),
    };

    /// <summary>Whether every element is a finite number.</summary>
    public bool IsFinite
    {
        get
        {
            for (var row = 0; row < 3; row++)
            {
                for (var column = 0; column < 4; column++)
                {
                    if (!double.IsFinite(this[row, column]))
                    {
                        return false;
                    }
                }
            }
            return true;
        }
    }

    /// <summary>The determinant of the 3×3 part, in mm³ per voxel; negative when the axes are left-handed.</summary>
    public double Determinant =>
        (M00 * ((M11 * M22) - (M12 * M21))) - (M01 * ((M10 * M22) - (M12 * M20))) + (M02 * ((M10 * M21) - (M11 * M20)));

    /// <summary>A map that only scales, in mm per voxel along x, y and z.</summary>
    public static Affine Diagonal(double x, double y, double z) => new(x, 0, 0, 0, 0, y, 0, 0, 0, 0, z, 0);

    /// <summary>A map from twelve numbers, row by row.</summary>
    /// <exception cref="ArgumentException">Not twelve numbers.</exception>
    public static Affine FromRows(ReadOnlySpan<double> rows) => rows.Length == 12
        ? new(rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6], rows[7], rows[8], rows[9], rows[10], rows[11])
        : throw new ArgumentException($"An affine has 12 numbers, got {rows.Length}.", nameof(rows));

    /// <summary>The step in mm along voxel axis <paramref name="axis"/> (0 = i, 1 = j, 2 = k): the norm of that column.</summary>
    public double StepMm(int axis) => Math.Sqrt((this[0, axis] * this[0, axis]) + (this[1, axis] * this[1, axis]) + (this[2, axis] * this[2, axis]));

    /// <summary>Where the centre of voxel (i, j, k) lies, in mm RAS+.</summary>
    public (double X, double Y, double Z) Apply(double i, double j, double k) =>
        ((M00 * i) + (M01 * j) + (M02 * k) + M03, (M10 * i) + (M11 * j) + (M12 * k) + M13, (M20 * i) + (M21 * j) + (M22 * k) + M23);

    /// <summary>Whether no element differs by more than <paramref name="tolerance"/> (mm, or mm per voxel).</summary>
    public bool AlmostEquals(Affine other, double tolerance)
    {
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 4; column++)
            {
                if (!(Math.Abs(this[row, column] - other[row, column]) <= tolerance))
                {
                    return false;
                }
            }
        }
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"[{M00:0.####} {M01:0.####} {M02:0.####} {M03:0.###}; {M10:0.####} {M11:0.####} {M12:0.####} {M13:0.###}; {M20:0.####} {M21:0.####} {M22:0.####} {M23:0.###}]");
}
