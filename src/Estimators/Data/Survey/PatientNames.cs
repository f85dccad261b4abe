using System.Text.RegularExpressions;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Whom an image shows, by its name.</summary>
internal static partial class PatientNames
{
    /// <summary>More cases than this for every patient say that a doubtful suffix was the patient's number, not that of one of many scans.</summary>
    private const int MostDoubtful = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>The name without what says which slice, visit, series or side it is, <c>p07_visit2_slice011</c> → <c>p07</c>; of BIDS names the subject,
    /// <c>sub-07_ses-1_T1w</c> → <c>sub-07</c>. A bare number at the end belongs to the patient: <c>ISIC_0012</c>. So does a number behind a word that may mean either
    /// (<c>pig_S01</c>, <c>covid_series_7</c>), unless another number is left in front of it: <c>p07_s1</c>.</summary>
    public static string Of(string name) => Of(name, doubtful: true);

    /// <summary>The rule for the names of a whole data set, and what to tell of it: suffixes that would make one patient of all cases are taken as names of patients.</summary>
    public static (Func<string, string> Rule, SurveyFinding? Warning) For(IReadOnlyList<string> cases)
    {
        string[] names = [.. cases.Distinct(StringComparer.Ordinal)];
        var patients = names.Select(Of).Distinct(StringComparer.Ordinal).Count();
        if (names.Length < 2 || names.All(name => Subject().IsMatch(name)) || names.All(name => Of(name) == name))
        {
            return (Of, null);
        }
        var certain = names.Select(name => Of(name, doubtful: false)).Distinct(StringComparer.Ordinal).Count();
        if (patients > 1 && (patients == certain || names.Length <= MostDoubtful * patients))
        {
            return (Of, null);
        }
        Func<string, string> rule = certain > 1 ? name => Of(name, doubtful: false) : name => name;
        return (rule, SurveyFinding.Warning(".", $"by their names the {names.Length} cases ({names[0]}, {names[1]}{(names.Length > 2 ? ", …" : "")}) would be of {(patients == 1 ? $"one patient, {Of(names[0])}" : $"{patients} patients only")}: " +
            (certain > 1 ? "the number at the end counts as the patient's" : "each case counts as a patient of its own"),
            "say which part of a name is the patient with --patients REGEX (PatientPattern in code), or edit \"patient\" in dataset.json: where images of one patient are in two parts of the split, the scores are too good"));
    }

    /// <summary>The rule that a user's pattern makes: its first group, or the whole match; names that it does not match are told by null.</summary>
    /// <exception cref="ArgumentException">The pattern is no regular expression.</exception>
    public static Func<string, string?> By(string pattern)
    {
        var expression = new Regex(pattern, RegexOptions.CultureInvariant, Patience);
        return name => expression.Match(name) is { Success: true } match ? match.Groups[match.Groups.Count > 1 ? 1 : 0].Value is { Length: > 0 } patient ? patient : null : null;
    }

    private static string Of(string name, bool doubtful)
    {
        if (Subject().Match(name) is { Success: true } subject)
        {
            return subject.Value;
        }
        var patient = name;
        while (CutOf(patient, doubtful) is { } cut)
        {
            patient = patient[..cut];
        }
        return patient;
    }

    /// <summary>Where the last suffix begins; null where the name has none.</summary>
    private static int? CutOf(string name, bool doubtful) =>
        Certain().Match(name) is { Success: true, Index: > 0 } suffix ? suffix.Index
        : doubtful && Doubtful().Match(name) is { Success: true, Index: > 0 } maybe && name.AsSpan(0, maybe.Index).ContainsAnyInRange('0', '9') ? maybe.Index
        : null;

    [GeneratedRegex("^sub-[A-Za-z0-9]+(?=_)")]
    private static partial Regex Subject();

    [GeneratedRegex("[_\\-. ](?:(?:slice|slc|z|frame|visit|session|ses|timepoint|tp|day|view|crop|patch|tile|aug)[_\\-. ]?[0-9]+|left|right|pre|post|baseline|followup)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Certain();

    [GeneratedRegex("[_\\-. ](?:(?:sl|s|fr|f|v|scan|series|ser|study|time|t)[_\\-. ]?[0-9]+|l|r)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Doubtful();
}
