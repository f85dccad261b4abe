namespace SAMed.MLNet.Imaging.Nifti;

/// <summary>From the header's three ways of placing voxels to one affine, and back to the quaternion form.</summary>
internal static class NiftiGeometry
{
    /// <summary>Size and place of one volume: the sform where its code is above 0, else the qform, else (the standard's method 1, as nibabel sets
    /// it) the spacing alone, x pointing left, the grid's centre at the origin.</summary>
    /// <exception cref="VolumeFormatException">The chosen form does not span space.</exception>
    public static Geometry Of(NiftiHeader header)
    {
        var (affine, field) = header.SFormCode > 0 ? (Affine.FromRows(header.SForm), "sform")
            : header.QFormCode > 0 ? (FromQuaternion(header), "qform")
            : (Base(header), "pixdim");
        affine = ToMillimetres(affine, header.Units);
        try
        {
            Orientation.Of(affine);
            return new Geometry(header.Depth, header.Height, header.Width, affine);
        }
        catch (ArgumentException e)
        {
            throw new VolumeFormatException(header.Path, field, "three independent, finite voxel axes", affine.ToString(), e);
        }
    }

    /// <summary>Whether the quaternion form can hold a map: its axes are at right angles, as far as float32 can tell.</summary>
    public static bool IsRotationAndSpacing(Affine affine)
    {
        const double tolerance = 1e-5; // Of an axis' length: an angle of 0.0006°.
        var rotation = Rotation3.Nearest(affine);
        for (var n = 0; n < 9; n++)
        {
            var (row, column) = (n / 3, n % 3);
            if (!(Math.Abs((affine[row, column] / affine.StepMm(column)) - rotation[row, column]) <= tolerance))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>The quaternion b, c, d and qfac of the rotation nearest to a map (nifti1.h, "method 2").</summary>
    public static (double B, double C, double D, double QFac) ToQuaternion(Affine affine)
    {
        var r = Rotation3.Nearest(affine);
        var qfac = Rotation3.Determinant(r) < 0 ? -1.0 : 1.0;
        for (var row = 0; row < 3; row++)
        {
            r[row, 2] *= qfac;
        }
        // The largest of the four components is computed from the diagonal, the others from it: no cancellation.
        double[] squares =
        [
            1 + r[0, 0] + r[1, 1] + r[2, 2], 1 + r[0, 0] - r[1, 1] - r[2, 2], 1 - r[0, 0] + r[1, 1] - r[2, 2], 1 - r[0, 0] - r[1, 1] + r[2, 2],
        ];
        var largest = Array.IndexOf(squares, squares.Max());
        var s = Math.Sqrt(squares[largest]) * 2;
        var (a, b, c, d) = largest switch
        {
            0 => (s / 4, (r[2, 1] - r[1, 2]) / s, (r[0, 2] - r[2, 0]) / s, (r[1, 0] - r[0, 1]) / s),
            1 => ((r[2, 1] - r[1, 2]) / s, s / 4, (r[0, 1] + r[1, 0]) / s, (r[0, 2] + r[2, 0]) / s),
            2 => ((r[0, 2] - r[2, 0]) / s, (r[0, 1] + r[1, 0]) / s, s / 4, (r[1, 2] + r[2, 1]) / s),
            _ => ((r[1, 0] - r[0, 1]) / s, (r[0, 2] + r[2, 0]) / s, (r[1, 2] + r[2, 1]) / s, s / 4),
        };
        return a < 0 ? (-b, -c, -d, qfac) : (b, c, d, qfac);
    }

    private static Affine FromQuaternion(NiftiHeader header)
    {
        var (b, c, d) = (header.QForm[0], header.QForm[1], header.QForm[2]);
        var squares = (b * b) + (c * c) + (d * d);
        if (!(squares <= 1.001))
        {
            throw new VolumeFormatException(header.Path, "quatern_b, quatern_c, quatern_d", "numbers whose squares add up to at most 1", FormattableString.Invariant($"{b}, {c}, {d}"));
        }
        var a = Math.Sqrt(Math.Max(0, 1 - squares));
        if (1 - squares < 1e-7)
        {
            // A half turn: the rounding of b, c, d is taken out (nifti1.h).
            var scale = 1 / Math.Sqrt(squares);
            (a, b, c, d) = (0, b * scale, c * scale, d * scale);
        }
        var (x, y, z) = Spacing(header);
        z = header.PixDim[0] < 0 ? -z : z;
        return new Affine(
            ((a * a) + (b * b) - (c * c) - (d * d)) * x, 2 * ((b * c) - (a * d)) * y, 2 * ((b * d) + (a * c)) * z, header.QForm[3],
            2 * ((b * c) + (a * d)) * x, ((a * a) + (c * c) - (b * b) - (d * d)) * y, 2 * ((c * d) - (a * b)) * z, header.QForm[4],
            2 * ((b * d) - (a * c)) * x, 2 * ((c * d) + (a * b)) * y, ((a * a) + (d * d) - (c * c) - (b * b)) * z, header.QForm[5]);
    }

    private static Affine Base(NiftiHeader header)
    {
        var (x, y, z) = Spacing(header);
        return new Affine(-x, 0, 0, x * (header.Width - 1) / 2, 0, y, 0, -y * (header.Height - 1) / 2, 0, 0, z, -z * (header.Depth - 1) / 2);
    }

    /// <summary>pixdim 1..3; a size that was left out counts as 1, and a sign has no meaning.</summary>
    private static (double X, double Y, double Z) Spacing(NiftiHeader header)
    {
        double Of(int axis) => double.IsFinite(header.PixDim[axis]) && header.PixDim[axis] != 0 ? Math.Abs(header.PixDim[axis]) : 1;
        return (Of(1), Of(2), Of(3));
    }

    private static Affine ToMillimetres(Affine affine, int units)
    {
        var scale = (units & 7) switch { 1 => 1000.0, 3 => 0.001, _ => 1.0 };
        if (scale == 1)
        {
            return affine;
        }
        Span<double> rows = stackalloc double[12];
        for (var n = 0; n < 12; n++)
        {
            rows[n] = affine[n / 4, n % 4] * scale;
        }
        return Affine.FromRows(rows);
    }
}
