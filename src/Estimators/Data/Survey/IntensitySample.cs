namespace SAMed.MLNet.Estimators.Data;

/// <summary>Quantiles of intensities, from samples spread evenly over an image: sorting all voxels of a data set would take longer than reading it.</summary>
internal static class IntensitySample
{
    private const int MostSampled = 1 << 17;

    private const int Kept = 1001;

    /// <summary>1001 quantiles, from the lowest to the highest sample; finite voxels only, empty when there are none.</summary>
    public static float[] Quantiles(IReadOnlyList<float[]> channels)
    {
        var total = channels.Sum(voxels => (long)voxels.Length);
        // An odd step does not run along with rows of an even length.
        var step = (int)Math.Max(1, (total / MostSampled) | 1);
        List<float> sample = [];
        foreach (var voxels in channels)
        {
            for (var i = 0; i < voxels.Length; i += step)
            {
                if (float.IsFinite(voxels[i]))
                {
                    sample.Add(voxels[i]);
                }
            }
        }
        sample.Sort();
        return sample.Count == 0 ? [] : [.. Enumerable.Range(0, Kept).Select(n => sample[(int)Math.Round(n * (sample.Count - 1.0) / (Kept - 1))])];
    }

    /// <summary>The intensity below which <paramref name="share"/> of them lie.</summary>
    public static float At(float[] quantiles, double share) => quantiles.Length == 0 ? 0 : quantiles[(int)Math.Round(share * (quantiles.Length - 1))];

    /// <summary>The quantiles of several images together, each with the same weight.</summary>
    public static float[] Pool(IEnumerable<float[]> images) => Quantiles([.. images]);
}
