using SAMed.MLNet.Estimators.Data;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Which cases of a data folder a run trains and validates on.</summary>
/// <param name="Data">The folder without what is left out.</param>
/// <param name="Training">Cases to train on.</param>
/// <param name="Validation">Cases to validate on.</param>
internal sealed record CaseSelection(SegmentationData Data, IReadOnlyList<string> Training, IReadOnlyList<string> Validation)
{
    /// <summary>Share of the patients to validate on where neither the options nor the data say.</summary>
    public const double DefaultFraction = 0.2;

    /// <summary>By the options, else by the split of the data's description, else by the default share; test cases of that split are left out in any case.</summary>
    /// <exception cref="DataFolderException">The folder does not hold what is needed, or a named case is not in it or set aside for tests.</exception>
    public static CaseSelection Of(TrainingRunOptions options, ITrainingObserver observer)
    {
        var found = DataFolder.Find(options.Data, options.ListFile);
        var split = found.Description?.Split;
        RefuseTestCases(options, split);
        if (split is not null && !split.Of(DatasetParts.TrainingAndValidation).Any())
        {
            throw new DataFolderException(options.Data, [$"has nothing to train on: its {DatasetDescription.FileName} keeps every case for tests. Add training cases and describe the folder anew (samed init --force), or change the split there"]);
        }
        var data = found.Without(LeftOut(found, split, options.ExcludedCases));
        if (options.ValidationCases?.Except(data.Cases).ToArray() is { Length: > 0 } unknown)
        {
            throw new DataFolderException(options.Data, [$"has no case {string.Join(", ", unknown)} to validate on; the cases are {string.Join(", ", data.Cases)}"]);
        }
        if (split is not null && found.Cases.Count(split.Test.Contains) is var tested and > 0)
        {
            observer.Note($"{DatasetDescription.FileName} sets {tested} case{(tested == 1 ? "" : "s")} aside for tests: {Few(split.Test)}");
        }
        var (training, validation) = Choose(data, split, options);
        WarnOfSharedPatients(data, training, validation, observer);
        return new(data, training, validation);
    }

    private static (IReadOnlyList<string> Training, IReadOnlyList<string> Validation) Choose(SegmentationData data, DatasetSplit? split, TrainingRunOptions options)
    {
        var named = options.ValidationCases ?? (options.ValidationFraction is null && split is not null ? [.. split.Validation.Where(data.Cases.Contains)] : null);
        if (named is not null)
        {
            return PatientSplit.ByName(data.Cases, named);
        }
        string[] patients = [.. data.Files.Select(file => file.Patient).Distinct()];
        var (training, validation) = PatientSplit.Split(patients, options.ValidationFraction ?? DefaultFraction, options.Training.ResolvedSeed);
        return (data.CasesOf(training), data.CasesOf(validation));
    }

    private static void RefuseTestCases(TrainingRunOptions options, DatasetSplit? split)
    {
        if (split is not null && options.ValidationCases?.Intersect(split.Test).ToArray() is { Length: > 0 } tested)
        {
            throw new DataFolderException(options.Data, [$"{string.Join(", ", tested)}: set aside for tests by {DatasetDescription.FileName}, so not to validate on. Choose other cases, or change the split there"]);
        }
    }

    /// <summary>What was asked for, the test cases, and cases that the split names nowhere.</summary>
    private static string[] LeftOut(SegmentationData data, DatasetSplit? split, IReadOnlyList<string> excluded)
    {
        if (split is null)
        {
            return [.. excluded];
        }
        var usable = split.Of(DatasetParts.TrainingAndValidation).ToHashSet(StringComparer.Ordinal);
        return [.. excluded.Union(data.Cases.Where(name => !usable.Contains(name)))];
    }

    private static void WarnOfSharedPatients(SegmentationData data, IReadOnlyList<string> training, IReadOnlyList<string> validation, ITrainingObserver observer)
    {
        var patients = data.Files.DistinctBy(file => file.Name).ToDictionary(file => file.Name, file => file.Patient, StringComparer.Ordinal);
        if (training.Select(name => patients[name]).Intersect(validation.Select(name => patients[name])).ToArray() is { Length: > 0 } shared)
        {
            observer.Warn($"{Few(shared)}: trained and validated on in different images; the validation Dice will be too high. Put all images of a patient into one part.");
        }
    }

    private static string Few(IReadOnlyList<string> names) => names.Count <= 6 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(6))} and {names.Count - 6} more";
}
