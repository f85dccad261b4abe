namespace SAMed.MLNet.Imaging;

/// <summary>The orthogonal matrix nearest to the directions of an affine map.</summary>
internal static class Rotation3
{
    /// <summary>The polar factor of the 3×3 part after its columns were made unit vectors; a reflection when the axes are left-handed.
    /// Newton's iteration X ← (X + X⁻ᵀ)/2 (Higham, Computing the polar decomposition, 1986).</summary>
    /// <exception cref="ArgumentException">The map is singular or not finite.</exception>
    public static double[,] Nearest(Affine affine)
    {
        var x = new double[3, 3];
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
            {
                x[row, column] = affine[row, column] / affine.StepMm(column);
            }
        }
        if (!affine.IsFinite || !(Math.Abs(Determinant(x)) > 1e-9))
        {
            throw new ArgumentException($"The axes of the affine {affine} do not span space.", nameof(affine));
        }
        for (var step = 0; step < 100; step++)
        {
            var next = Average(x, InverseTranspose(x));
            var change = 0.0;
            for (var n = 0; n < 9; n++)
            {
                change = Math.Max(change, Math.Abs(next[n / 3, n % 3] - x[n / 3, n % 3]));
            }
            x = next;
            if (change < 1e-15)
            {
                break;
            }
        }
        return x;
    }

    /// <summary>The determinant of a 3×3 matrix.</summary>
    public static double Determinant(double[,] m) =>
        (m[0, 0] * ((m[1, 1] * m[2, 2]) - (m[1, 2] * m[2, 1])))
        - (m[0, 1] * ((m[1, 0] * m[2, 2]) - (m[1, 2] * m[2, 0])))
        + (m[0, 2] * ((m[1, 0] * m[2, 1]) - (m[1, 1] * m[2, 0])));

    private static double[,] InverseTranspose(double[,] m)
    {
        var determinant = Determinant(m);
        var result = new double[3, 3];
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
            {
                int r1 = (row + 1) % 3, r2 = (row + 2) % 3, c1 = (column + 1) % 3, c2 = (column + 2) % 3;
                result[row, column] = ((m[r1, c1] * m[r2, c2]) - (m[r1, c2] * m[r2, c1])) / determinant;
            }
        }
        return result;
    }

    private static double[,] Average(double[,] a, double[,] b)
    {
        var result = new double[3, 3];
        for (var n = 0; n < 9; n++)
        {
            result[n / 3, n % 3] = (a[n / 3, n % 3] + b[n / 3, n % 3]) / 2;
        }
        return result;
    }
}
