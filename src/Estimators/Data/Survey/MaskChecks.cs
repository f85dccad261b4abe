using System.Globalization;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Ids that look like accidents of an export. Only for label maps whose ids nobody has named: a table of labels settles what an id means.</summary>
internal static class MaskChecks
{
    /// <summary>A smoothed edge leaves more values between background and mask than this.</summary>
    private const int LeastBetween = 3;

    /// <summary>Masks of pictures are white; ids of classes seldom are as high.</summary>
    private const int White = 128;

    /// <summary>With fewer cases it is no wonder that a class is in one only.</summary>
    private const int ManyCases = 10;

    private const int MostListed = 8;

    public static IEnumerable<SurveyFinding> Run(IReadOnlyList<CaseFacts> cases)
    {
        CaseFacts[] smoothed = [.. cases.Where(IsSmoothed)];
        if (smoothed.Length > 0)
        {
            var ids = smoothed.SelectMany(facts => facts.Labels.Keys).Where(id => id != 0).Distinct().Count();
            yield return SurveyFinding.Warning(smoothed[0].Label, $"holds {Ids(smoothed[0]).Length} ids up to {Ids(smoothed[0]).Max()}, all but the highest in few pixels, as smoothed edges make them" +
                (smoothed.Length == 1 ? "" : $"; so do {smoothed.Length - 1} more ({Files(smoothed[1..])}), {ids} ids together") + ": each would be a class",
                "export the masks without anti-aliasing or resize them by nearest neighbour; or give them two values by a threshold (ImageMagick: convert mask.png -threshold 50% mask.png)");
            yield break;
        }
        if (TwoWays(cases) is { } mixed)
        {
            yield return mixed;
            yield break;
        }
        foreach (var stray in Stray(cases))
        {
            yield return stray;
        }
    }

    private static int[] Ids(CaseFacts facts) => [.. facts.Labels.Keys.Where(id => id != 0)];

    /// <summary>White and many shades of it, of which the white ones are the most.</summary>
    private static bool IsSmoothed(CaseFacts facts)
    {
        var ids = Ids(facts);
        return ids.Length > LeastBetween && ids.Max() is var top && top >= White && ids.Where(id => id != top).All(id => facts.Labels[id] < facts.Labels[top] / 4.0);
    }

    /// <summary>Some masks are 0 and 255, others 0 and another id, and none holds both.</summary>
    private static SurveyFinding? TwoWays(IReadOnlyList<CaseFacts> cases)
    {
        if (cases.Any(facts => Ids(facts).Length > 1))
        {
            return null;
        }
        var groups = cases.Where(facts => Ids(facts).Length == 1).GroupBy(facts => Ids(facts)[0]).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).ToArray();
        if (groups.Length < 2 || !groups.Any(group => group.Key >= White))
        {
            return null;
        }
        var listed = string.Join("; ", groups.Take(MostListed).Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} with the id {group.Key} ({Files([.. group])})")));
        return SurveyFinding.Warning(groups[^1].First().Label, $"every label map holds one id, and not all the same: {listed}. Each id would be a class",
            $"if all mean the same, say so in a table (--labels FILE.json): one class with \"from\": [{string.Join(", ", groups.Select(group => group.Key).Order())}]");
    }

    private static IEnumerable<SurveyFinding> Stray(IReadOnlyList<CaseFacts> cases)
    {
        if (cases.Select(facts => facts.Name).Distinct().Count() < ManyCases)
        {
            yield break;
        }
        var holders = cases.SelectMany(facts => Ids(facts).Select(id => (Id: id, Facts: facts))).GroupBy(pair => pair.Id)
            .Where(group => group.Select(pair => pair.Facts.Name).Distinct().Count() == 1).Select(group => (Id: group.Key, group.First().Facts));
        foreach (var file in holders.GroupBy(holder => holder.Facts.Label))
        {
            var ids = file.Select(holder => holder.Id).Order().ToArray();
            yield return SurveyFinding.Warning(file.Key, $"is the only label map with the id{(ids.Length == 1 ? "" : "s")} {string.Join(", ", ids.Take(MostListed))}{(ids.Length > MostListed ? ", …" : "")}: each would be a class that one case shows",
                "correct the label map if it is a slip; or say in a table (--labels FILE.json) what the id is, or put it under \"background\"");
        }
    }

    private static string Files(CaseFacts[] cases) => string.Join(", ", cases.Take(3).Select(facts => facts.Label)) + (cases.Length > 3 ? ", …" : "");
}
