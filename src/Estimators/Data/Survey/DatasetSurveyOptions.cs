using System.Text.RegularExpressions;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>How <see cref="DatasetSurvey"/> looks at a folder and what it proposes.</summary>
public sealed record DatasetSurveyOptions
{
    /// <summary>Name of the data set. Default null: that of the labels, of nnU-Net's file, or of the folder.</summary>
    public string? Name { get; init; }

    /// <summary>Which ids are which class. Default null: nnU-Net's labels where there are some, else a class for every id that occurs.</summary>
    public LabelTable? Labels { get; init; }

    /// <summary>Folder of the images below the data folder; null (with <see cref="LabelFolder"/>) = found by its name.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>Folder of the label maps below the data folder.</summary>
    public string? LabelFolder { get; init; }

    /// <summary>Regular expression whose first group (or whole match) in a case's name is its patient. Default null: the name without suffixes for slices, visits, series and sides.</summary>
    public string? PatientPattern { get; init; }

    /// <summary>Share of the patients to validate on, [0, 1). Default 0.2. Not used where folders such as val/ say it.</summary>
    public double ValidationFraction { get; init; } = 0.2;

    /// <summary>Share of the patients to keep for tests, [0, 1). Default 0.2; nobody where there are fewer than five patients. Not used where folders such as test/ say it.</summary>
    public double TestFraction { get; init; } = 0.2;

    /// <summary>Chooses the patients. Default <see cref="PatientSplit.DefaultSeed"/>.</summary>
    public long Seed { get; init; } = PatientSplit.DefaultSeed;

    /// <summary>Whether cases with errors are left out of the description; otherwise an error means that there is none. Default false.</summary>
    public bool SkipFaulty { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">One or more options are out of range; the message lists them all.</exception>
    public void Validate()
    {
        List<string> faults = [];
        if (ImageFolder is null != LabelFolder is null)
        {
            faults.Add("ImageFolder and LabelFolder go together: give both or none");
        }
        if (ValidationFraction is not (>= 0 and < 1) || TestFraction is not (>= 0 and < 1) || ValidationFraction + TestFraction >= 1)
        {
            faults.Add(FormattableString.Invariant($"ValidationFraction and TestFraction: expected shares from 0 to below 1 that leave something to train on, got {ValidationFraction} and {TestFraction}"));
        }
        if (PatientPattern is not null && !IsPattern(PatientPattern))
        {
            faults.Add($"PatientPattern: expected a regular expression such as ^(p[0-9]+), got {PatientPattern}");
        }
        if (Name is not null && string.IsNullOrWhiteSpace(Name))
        {
            faults.Add("Name: expected a text or null, got an empty one");
        }
        if (faults.Count > 0)
        {
            throw new ArgumentException("Survey options: " + string.Join("; ", faults) + ".");
        }
    }

    private static bool IsPattern(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.CultureInvariant);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
