namespace SAMed.MLNet.Estimators.Data;

/// <summary>How grave a finding is.</summary>
public enum FindingSeverity
{
    /// <summary>Training can go on, but the result may not be what was meant.</summary>
    Warning,

    /// <summary>The case cannot be used as it is.</summary>
    Error,
}

/// <summary>Something that is wrong or doubtful in a data folder.</summary>
/// <param name="Severity">How grave it is.</param>
/// <param name="File">The file, relative to the data folder; "." for the data as a whole.</param>
/// <param name="Problem">What was found.</param>
/// <param name="Advice">What to do.</param>
public sealed record SurveyFinding(FindingSeverity Severity, string File, string Problem, string Advice)
{
    internal static SurveyFinding Error(string file, string problem, string advice) => new(FindingSeverity.Error, file, problem, advice);

    internal static SurveyFinding Warning(string file, string problem, string advice) => new(FindingSeverity.Warning, file, problem, advice);
}
