using System.Text.RegularExpressions;

namespace SAMed.MLNet.Estimators.Data.Preparation;

/// <summary>The number of a case in the name of its file. The reference takes characters 3 to 6 of <c>img0005.nii.gz</c>; here other names have one too.</summary>
internal static partial class CaseNumber
{
    /// <summary>The number with at least four digits, as the published names have them: <c>img1</c> and <c>img0001_v2</c> are 0001. It stands after <c>img</c>, <c>image</c>, <c>label</c> or
    /// <c>case</c>, or is the only number of the name.</summary>
    /// <param name="name">The name without endings and without a channel number.</param>
    /// <param name="fault">What is wrong with a name that has no such number.</param>
    public static string? Of(string name, out string? fault)
    {
        fault = null;
        var named = Named().Matches(name).Select(match => match.Groups[1].Value).ToArray();
        var numbers = named.Length == 1 ? named : [.. Digits().Matches(name).Select(match => match.Value)];
        if (numbers is [var number])
        {
            return number.TrimStart('0').PadLeft(4, '0');
        }
        fault = (numbers.Length == 0 ? "has no number in its name" : $"has several numbers in its name ({string.Join(", ", numbers)})")
            + ", and cases are named by number: name it as img0005, or take names as they are (--case-names file; CaseNames in the options)";
        return null;
    }

    [GeneratedRegex("(?:img|image|label|case)[_-]?([0-9]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Named();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
