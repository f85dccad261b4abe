using SAMed.MLNet.Estimators.Data;

namespace SAMed.MLNet.Cli.Survey;

/// <summary>A survey for programs: everything that the tables are made of.</summary>
internal static class SurveyJson
{
    public static object Of(DatasetSurvey survey, bool written) => new
    {
        survey.Folder,
        survey.Layout,
        survey.Where,
        errors = survey.ErrorCount,
        written = written ? survey.Description?.Path : null,
        findings = survey.Findings.Select(finding => new { finding.Severity, finding.File, finding.Problem, finding.Advice }),
        proposal = survey.Description is not { } description ? null : (object)new
        {
            description.Name,
            classes = description.Labels.Classes.Select(entry => entry.Name),
            window = description is { WindowMin: { } min, WindowMax: { } max } ? new[] { min, max } : null,
            description.Orientation,
            description.Channels,
            description.Split,
            notes = survey.Notes,
        },
        cases = survey.Cases,
    };
}
