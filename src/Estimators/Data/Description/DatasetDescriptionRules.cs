namespace SAMed.MLNet.Estimators.Data;

/// <summary>What the fields of a description must be to each other.</summary>
internal static class DatasetDescriptionRules
{
    /// <exception cref="DatasetDescriptionException">A case is there twice, or a split names what is no case, a case twice, or one patient in two parts.</exception>
    public static void Check(DatasetDescription description)
    {
        if (description.Cases.Count == 0)
        {
            throw Fault(description, "cases", "at least one case", "none");
        }
        foreach (var group in description.Cases.GroupBy(entry => entry.Name, StringComparer.Ordinal))
        {
            CheckCase(description, group.Key, [.. group]);
        }
        if (description.Split is { } split)
        {
            CheckSplit(description, split);
        }
    }

    private static void CheckCase(DatasetDescription description, string name, DatasetCase[] entries)
    {
        if (entries.Length > 1 && (entries.Any(entry => entry.Slice is null) || entries.DistinctBy(entry => entry.Slice).Count() < entries.Length))
        {
            throw Fault(description, "cases", "every case once, or with slices of different numbers", $"the case '{name}' {entries.Length} times");
        }
        if (entries.Select(entry => entry.Patient).Distinct().Count() > 1)
        {
            throw Fault(description, "cases", "one patient for all slices of a case", $"several for '{name}'");
        }
    }

    private static void CheckSplit(DatasetDescription description, DatasetSplit split)
    {
        var patients = description.Cases.DistinctBy(entry => entry.Name).ToDictionary(entry => entry.Name, entry => entry.Patient, StringComparer.Ordinal);
        Dictionary<string, string> placeOf = new(StringComparer.Ordinal);
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var (part, names) in new[] { ("train", split.Training), ("validation", split.Validation), ("test", split.Test) })
        {
            foreach (var name in names)
            {
                var field = $"split.{part}";
                if (!patients.TryGetValue(name, out var patient))
                {
                    throw Fault(description, field, "names of cases", $"'{name}', which is no case");
                }
                if (!seen.Add(name))
                {
                    throw Fault(description, field, "every case once", $"'{name}' again");
                }
                if (placeOf.TryGetValue(patient, out var other) && other != part)
                {
                    throw Fault(description, field, "every patient in one part", $"'{name}', whose patient {patient} is in {other} too");
                }
                placeOf[patient] = part;
            }
        }
        if (seen.Count == 0)
        {
            throw Fault(description, "split", "at least one case in one of its parts", "none");
        }
    }

    private static DatasetDescriptionException Fault(DatasetDescription description, string field, string expected, string got) =>
        new(description.Path, $"{DatasetDescriptionReader.Section}.{field}", expected, got);
}
