namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>Student's t distribution for whole degrees of freedom, where its distribution function is a finite sum (Abramowitz and Stegun, 26.7.3 and 26.7.4).</summary>
internal static class StudentT
{
    /// <summary>The t for which |T| ≤ t has the probability <paramref name="within"/>: 12.706 for 0.95 and one degree of freedom.</summary>
    /// <param name="within">Above 0 and below 1.</param>
    /// <param name="degrees">Degrees of freedom, 1 or more.</param>
    public static double TwoSided(double within, int degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);
        if (within is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(within), within, "A probability above 0 and below 1 was expected.");
        }
        // The probability grows with the angle whose tangent is t / √degrees: halve the interval until it has no width.
        double low = 0, high = Math.PI / 2;
        for (var middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2)
        {
            (low, high) = Within(middle, degrees) < within ? (middle, high) : (low, middle);
        }
        return Math.Sqrt(degrees) * Math.Tan(low);
    }

    /// <summary>P(|T| ≤ √degrees · tan(angle)).</summary>
    private static double Within(double angle, int degrees)
    {
        var (sine, cosine) = Math.SinCos(angle);
        var even = degrees % 2 == 0;
        // Terms 1, 1/2 cos², 1·3/(2·4) cos⁴, … or cos, 2/3 cos³, 2·4/(3·5) cos⁵, …
        double term = even ? 1 : cosine, sum = 0;
        for (var n = even ? 2 : 3; n <= degrees; n += 2)
        {
            sum += term;
            term *= (n - 1.0) / n * cosine * cosine;
        }
        return even ? sine * sum : 2 / Math.PI * (angle + (sine * sum));
    }
}
