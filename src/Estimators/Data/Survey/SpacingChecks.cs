using System.Globalization;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Voxel sizes that a scanner does not make, or that do not fit the other cases.</summary>
internal static class SpacingChecks
{
    private const double LeastMm = 0.05;

    private const double MostMm = 25;

    /// <summary>Thin and thick slices of one scanner differ by less.</summary>
    private const double MostFromMedian = 4;

    /// <summary>With fewer cases the median says nothing.</summary>
    private const int LeastForMedian = 3;

    public static IEnumerable<SurveyFinding> Run(IReadOnlyList<CaseFacts> cases)
    {
        CaseFacts[] placed = [.. cases.Where(facts => facts.SpacingMm is not null)];
        // From the finest axis to the thickest: scans may be stored with their slices along any axis.
        var sorted = Array.ConvertAll(placed, facts => facts.SpacingMm!.Order().ToArray());
        double[] medians = [.. Enumerable.Range(0, sorted.Length < LeastForMedian ? 0 : 3).Select(axis => sorted.Select(spacing => spacing[axis]).Order().ElementAt(sorted.Length / 2))];
        for (var n = 0; n < placed.Length; n++)
        {
            var sizes = string.Join(" x ", placed[n].SpacingMm!.Select(Number));
            if (sorted[n][0] < LeastMm || sorted[n][^1] > MostMm)
            {
                yield return SurveyFinding.Warning(placed[n].Image, $"says voxels of {sizes} mm; below {Number(LeastMm)} mm or above {Number(MostMm)} mm is hardly right for a scan",
                    "check the unit and the spacing in the file's header: distances in mm and the slice axis come from it");
            }
            else if (Outlier(sorted[n], medians) is { } axis)
            {
                yield return SurveyFinding.Warning(placed[n].Image, $"says voxels of {sizes} mm, {Number(sorted[n][axis])} mm where the other cases have about {Number(medians[axis])} mm",
                    "check the spacing in the file's header; where it is right, resample the case or leave it out if it is too coarse");
            }
        }
    }

    private static int? Outlier(double[] spacing, double[] medians)
    {
        for (var axis = 0; axis < medians.Length; axis++)
        {
            if (spacing[axis] > MostFromMedian * medians[axis] || medians[axis] > MostFromMedian * spacing[axis])
            {
                return axis;
            }
        }
        return null;
    }

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
