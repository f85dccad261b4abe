using System.Globalization;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>What shows only when the cases are seen together.</summary>
internal static class WholeSetChecks
{
    /// <summary>Between scanners, MR intensities differ; beyond this factor one window fits badly.</summary>
    private const double MostSpread = 3;

    /// <param name="cases">The cases without errors.</param>
    /// <param name="named">Whether a table says what the ids mean.</param>
    public static IEnumerable<SurveyFinding> Run(IReadOnlyList<CaseFacts> cases, bool named)
    {
        if (cases.Count == 0)
        {
            yield break;
        }
        if (cases.All(facts => facts.Labels.Keys.All(id => id == 0)))
        {
            yield return SurveyFinding.Error(".", "no label map holds anything but background", "check that these are the right label maps");
        }
        foreach (var same in cases.Where(facts => facts.Min < facts.Max).GroupBy(facts => facts.ContentSha256).Where(group => group.Select(facts => facts.Patient).Distinct().Count() > 1))
        {
            CaseFacts[] twins = [.. same];
            yield return SurveyFinding.Warning(twins[1].Image, $"has the same voxels as {twins[0].Image}{(twins.Length > 2 ? $" and {twins.Length - 2} more" : "")}, by name of another patient",
                "keep one of them, or give both the same \"patient\" in dataset.json: in two parts of the split they would flatter the scores");
        }
        foreach (var finding in Intensities(cases).Concat(Colours(cases)).Concat(SpacingChecks.Run(cases)).Concat(named ? [] : MaskChecks.Run(cases)))
        {
            yield return finding;
        }
    }

    private static IEnumerable<SurveyFinding> Intensities(IReadOnlyList<CaseFacts> cases)
    {
        var ct = cases.Where(IntensityKinds.IsCt).ToArray();
        if (ct.Length > cases.Count / 2)
        {
            // Slices of a case may lie outside the body or within it.
            foreach (var other in cases.Except(ct).Where(facts => facts.Slice is null))
            {
                yield return SurveyFinding.Warning(other.Image, string.Create(CultureInfo.InvariantCulture, $"does not look like Hounsfield units as the others do: {other.Min:0.###} to {other.Max:0.###}"),
                    "check slope and intercept of the file, or leave the case out");
            }
        }
        else if (cases.All(facts => facts.SpacingMm is not null))
        {
            double[] tops = [.. cases.Select(facts => (double)facts.Percentiles[2]).Where(top => top > 0)];
            if (tops.Length > 1 && tops.Max() > MostSpread * tops.Min())
            {
                yield return SurveyFinding.Warning(".", string.Create(CultureInfo.InvariantCulture, $"bright voxels (99.5 %) lie between {tops.Min():0.###} and {tops.Max():0.###}: one window fits badly"),
                    "bring the images to a common scale first, for instance each divided by its 99.5 % percentile");
            }
        }
    }

    private static IEnumerable<SurveyFinding> Colours(IReadOnlyList<CaseFacts> cases)
    {
        var grey = cases.Count(facts => facts.Channels == 1);
        if (grey > 0 && grey < cases.Count)
        {
            yield return SurveyFinding.Warning(".", $"{grey} of {cases.Count} images are grey, the others in colour", "grey ones are taken as colour with three equal channels; this is right for a mixed set only");
        }
    }
}

/// <summary>What intensities look like.</summary>
internal static class IntensityKinds
{
    /// <summary>Air and tissue in Hounsfield units.</summary>
    public static bool IsCt(CaseFacts facts) => facts is { Channels: 1, Min: <= -500 and >= -5000, Max: >= 100 };

    /// <summary>Already scaled.</summary>
    public static bool IsUnit(CaseFacts facts) => facts is { Min: >= -0.5f, Max: <= 1.5f };
}
