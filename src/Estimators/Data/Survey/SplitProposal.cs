using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Deals patients out to training, validation and tests.</summary>
internal static class SplitProposal
{
    /// <summary>With fewer patients, tests would cost training too much and tell too little.</summary>
    private const int LeastForTests = 5;

    public static DatasetSplit Of(IReadOnlyList<CaseFacts> cases, DatasetSurveyOptions options, List<SurveyFinding> findings, List<string> notes)
    {
        var parts = cases.GroupBy(facts => facts.Patient, StringComparer.Ordinal).ToDictionary(group => group.Key, group => FolderPart(group, findings), StringComparer.Ordinal);
        var given = parts.Values.Any(part => part is not null);
        string[] free = [.. parts.Where(pair => pair.Value is null or DatasetParts.Training).Select(pair => pair.Key)];
        if (free.Length == 0)
        {
            findings.Add(SurveyFinding.Warning(".", "there is nothing to train on: by the names of their folders all cases are kept for tests or for validation",
                "add a folder of training cases (train/images/ and train/labels/, train_npz/), or name cases under \"train\" in dataset.json; for tests it is described as it is"));
        }
        var total = free.Length;
        if (!parts.ContainsValue(DatasetParts.Test) && total >= LeastForTests)
        {
            free = Deal(free, options.TestFraction, DatasetParts.Test);
        }
        if (!parts.ContainsValue(DatasetParts.Validation))
        {
            free = Deal(free, options.ValidationFraction / (parts.ContainsValue(DatasetParts.Test) && !given ? 1 - options.TestFraction : 1), DatasetParts.Validation);
        }
        var split = new DatasetSplit { Training = Cases(null, DatasetParts.Training), Validation = Cases(DatasetParts.Validation), Test = Cases(DatasetParts.Test) };
        notes.Add($"split: {parts.Count} patient{(parts.Count == 1 ? "" : "s")}; cases to train on {split.Training.Count}, to validate on {split.Validation.Count}, kept for tests {split.Test.Count}" +
            (given ? " (by the folders' names)" : total < LeastForTests ? $" (fewer than {LeastForTests} patients: none is kept for tests)" : ""));
        if (split is { Training.Count: > 0, Validation.Count: 0 } && options.ValidationFraction > 0)
        {
            findings.Add(SurveyFinding.Warning(".", $"nothing is left to validate on: the cases to train on ({split.Training.Count}) are of {(total == 1 ? "one patient" : $"{total} patients")}",
                "add images of other patients; or, if the cases do show several, say who they are with --patients REGEX"));
        }
        return split;

        string[] Deal(string[] patients, double fraction, DatasetParts part)
        {
            var (left, chosen) = PatientSplit.Split(patients, fraction, options.Seed);
            foreach (var patient in chosen)
            {
                parts[patient] = part;
            }
            return [.. left];
        }

        string[] Cases(params DatasetParts?[] wanted) => [.. cases.Where(facts => wanted.Contains(parts[facts.Patient])).Select(facts => facts.Name).Distinct()];
    }

    /// <summary>The part that the folders of a patient's images say; tests win where they disagree.</summary>
    private static DatasetParts? FolderPart(IEnumerable<CaseFacts> images, List<SurveyFinding> findings)
    {
        CaseFacts[] all = [.. images];
        DatasetParts?[] parts = [.. all.Select(facts => facts.Part).Distinct()];
        if (parts.Length > 1)
        {
            findings.Add(SurveyFinding.Warning(all[0].Image, $"the patient {all[0].Patient} is in the folders of several parts; all images of the patient count as {(parts.Contains(DatasetParts.Test) ? "test" : "validation")} here",
                "move the images of a patient into one part, or, if the names do not tell patients, say how they do: --patients REGEX"));
        }
        return parts.Max();
    }

    public static void WarnOfAbsentClasses(IReadOnlyList<CaseFacts> cases, DatasetSplit split, LabelTable table, List<SurveyFinding> findings)
    {
        if (split.Training.Count == 0)
        {
            return;
        }
        var present = cases.Where(facts => split.Training.Contains(facts.Name)).SelectMany(facts => facts.Labels.Keys).ToHashSet();
        foreach (var entry in table.Classes)
        {
            var ids = table.FileIds.Where(pair => pair.Value == entry.Id).Select(pair => pair.Key);
            if (!ids.Any(present.Contains) && ids.Any(id => cases.Any(facts => facts.Labels.ContainsKey(id))))
            {
                findings.Add(SurveyFinding.Warning(".", $"no training case holds {entry.Name}; only cases for validation or tests do", "move such a case to \"train\" in dataset.json, or choose another --seed"));
            }
        }
    }
}
