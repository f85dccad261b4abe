using System.Globalization;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Estimators.Data;

namespace SAMed.MLNet.Cli.Survey;

/// <summary>A survey for people: tables of what is there, a list of what is wrong, and what is proposed.</summary>
internal static class SurveyText
{
    public static void Print(DatasetSurvey survey, CliConsole console)
    {
        var cases = survey.Cases;
        console.Heading($"{survey.Folder}: {survey.Where}");
        console.Line(string.Create(CultureInfo.InvariantCulture,
            $"{cases.Select(facts => facts.Name).Distinct().Count()} cases of {cases.Select(facts => facts.Patient).Distinct().Count()} patients read, {cases.Sum(facts => (long)facts.Depth)} slices"));
        if (cases.Count > 0)
        {
            console.Table(["per case", "smallest", "median", "largest"], Measures(cases));
            console.Table(["id", "class", "cases", "voxels", "share %"], Labels(survey));
        }
        List(survey, console, FindingSeverity.Error, "Errors");
        List(survey, console, FindingSeverity.Warning, "Warnings");
        if (survey.Description is not null)
        {
            console.Heading("Proposed");
            foreach (var note in survey.Notes)
            {
                console.Line($"  {note}");
            }
        }
    }

    private static IEnumerable<IReadOnlyList<string>> Measures(IReadOnlyList<CaseFacts> cases)
    {
        yield return Row("columns (x)", cases, facts => facts.Width);
        yield return Row("rows (y)", cases, facts => facts.Height);
        yield return Row("slices (z)", cases, facts => facts.Depth);
        CaseFacts[] placed = [.. cases.Where(facts => facts.SpacingMm is not null)];
        for (var axis = 0; axis < 3 && placed.Length > 0; axis++)
        {
            var at = axis;
            yield return Row($"spacing {"xyz"[axis]} (mm)", placed, facts => facts.SpacingMm![at]);
        }
        yield return Row("intensity, lowest", cases, facts => facts.Min);
        foreach (var (n, name) in new[] { (0, "0.5 %"), (1, "50 %"), (2, "99.5 %") })
        {
            yield return Row($"intensity, {name}", cases, facts => facts.Percentiles[n]);
        }
        yield return Row("intensity, highest", cases, facts => facts.Max);
    }

    private static string[] Row(string name, IReadOnlyList<CaseFacts> cases, Func<CaseFacts, double> value)
    {
        var sorted = cases.Select(value).Order().ToArray();
        return [name, .. new[] { sorted[0], sorted[sorted.Length / 2], sorted[^1] }.Select(number => number.ToString("0.###", CultureInfo.InvariantCulture))];
    }

    private static IEnumerable<IReadOnlyList<string>> Labels(DatasetSurvey survey)
    {
        var total = (double)survey.Cases.Sum(facts => facts.Labels.Values.Sum(count => (long)count));
        var table = survey.Description?.Labels;
        foreach (var id in survey.Cases.SelectMany(facts => facts.Labels.Keys).Distinct().Order().Take(byte.MaxValue + 1))
        {
            var classId = table?.FileIds.GetValueOrDefault(id) ?? 0;
            var name = id == 0 || (table is not null && classId == 0) ? "background" : classId == 0 ? "" : $"{classId} {table!.Classes[classId - 1].Name}";
            var voxels = survey.Cases.Sum(facts => (long)facts.Labels.GetValueOrDefault(id));
            yield return
            [
                id.ToString(CultureInfo.InvariantCulture), name,
                survey.Cases.Where(facts => facts.Labels.ContainsKey(id)).Select(facts => facts.Name).Distinct().Count().ToString(CultureInfo.InvariantCulture),
                voxels.ToString("#,0", CultureInfo.InvariantCulture), (100 * voxels / total).ToString("0.###", CultureInfo.InvariantCulture),
            ];
        }
    }

    private static void List(DatasetSurvey survey, CliConsole console, FindingSeverity severity, string heading)
    {
        SurveyFinding[] findings = [.. survey.Findings.Where(finding => finding.Severity == severity)];
        if (findings.Length == 0)
        {
            return;
        }
        console.Heading($"{heading} ({findings.Length})");
        foreach (var finding in findings)
        {
            console.Line(finding.File == "." ? $"  {finding.Problem}" : $"  {finding.File}: {finding.Problem}");
            console.Line($"    → {finding.Advice}");
        }
    }
}
