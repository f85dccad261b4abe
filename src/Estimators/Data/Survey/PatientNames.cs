using System.Text.RegularExpressions;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Whom an image shows, by its name.</summary>
internal static partial class PatientNames
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>The name without what says which slice, visit, series or side it is, <c>p07_visit2_slice011</c> → <c>p07</c>; of BIDS names the subject,
    /// <c>sub-07_ses-1_T1w</c> → <c>sub-07</c>. A bare number at the end belongs to the patient: <c>ISIC_0012</c>.</summary>
    public static string Of(string name)
    {
        if (Subject().Match(name) is { Success: true } subject)
        {
            return subject.Value;
        }
        var patient = name;
        while (Suffix().Match(patient) is { Success: true, Index: > 0 } suffix)
        {
            patient = patient[..suffix.Index];
        }
        return patient;
    }

    /// <summary>The rule that a user's pattern makes: its first group, or the whole match; names that it does not match are told by null.</summary>
    /// <exception cref="ArgumentException">The pattern is no regular expression.</exception>
    public static Func<string, string?> By(string pattern)
    {
        var expression = new Regex(pattern, RegexOptions.CultureInvariant, Patience);
        return name => expression.Match(name) is { Success: true } match ? match.Groups[match.Groups.Count > 1 ? 1 : 0].Value is { Length: > 0 } patient ? patient : null : null;
    }

    [GeneratedRegex("^sub-[A-Za-z0-9]+(?=_)")]
    private static partial Regex Subject();

    [GeneratedRegex("[_\\-. ](?:(?:slice|slc|sl|s|z|frame|fr|f|visit|v|scan|session|ses|series|ser|study|time|tp|t|day|view|crop|patch|tile|aug)[_\\-. ]?[0-9]+|left|right|l|r|pre|post|baseline|followup)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Suffix();
}
