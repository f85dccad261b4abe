namespace SAMed.MLNet.Metrics;

/// <summary>Selection without sorting (C. A. R. Hoare, Algorithm 65: Find, Communications of the ACM 4, 1961).</summary>
internal static class Selection
{
    /// <summary>Brings the <paramref name="count"/> largest of <paramref name="values"/>, at least one, to its front, in any order, and returns the least of them.</summary>
    public static double PutLargestFirst(Span<double> values, int count)
    {
        var (first, last, wanted) = (0, values.Length - 1, count - 1);
        while (first < last)
        {
            var pivot = MedianOf(values[first], values[first + ((last - first) / 2)], values[last]);
            var (i, j) = (first, last);
            while (i <= j)
            {
                while (values[i] > pivot)
                {
                    i++;
                }
                while (values[j] < pivot)
                {
                    j--;
                }
                if (i <= j)
                {
                    (values[i], values[j]) = (values[j], values[i]);
                    i++;
                    j--;
                }
            }
            if (wanted <= j)
            {
                last = j;
            }
            else if (wanted >= i)
            {
                first = i;
            }
            else
            {
                break;
            }
        }
        return values[wanted];
    }

    private static double MedianOf(double a, double b, double c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
