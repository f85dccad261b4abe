using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Evaluation;

/// <summary>One predicted label file and its reference.</summary>
internal sealed record CasePair(string Case, string Prediction, string Reference);

/// <summary>Finds which prediction belongs to which reference.</summary>
internal static class CasePairs
{
    private const int MaxListed = 20;

    /// <summary>Two files, or two folders whose files are matched by case name (the file name without its extensions), or a folder and a described data set, whose dataset.json says which
    /// label map belongs to which case. <paramref name="note"/> is told when it does.</summary>
    /// <exception cref="UsageException">A file and a folder.</exception>
    /// <exception cref="CommandFailedException">Something does not exist, is empty, is there twice or has no counterpart; lists all cases concerned.</exception>
    public static IReadOnlyList<CasePair> Match(string prediction, string reference, Action<string> note)
    {
        foreach (var (path, role) in new[] { (prediction, "prediction"), (reference, "reference") })
        {
            if (!File.Exists(path) && !Directory.Exists(path))
            {
                throw new CommandFailedException($"The {role} '{path}' does not exist.");
            }
        }
        if (Directory.Exists(prediction) && DescribedReferences.At(reference) is { } described)
        {
            return described.Pair(CasesOf(prediction, "prediction"), note);
        }
        if (Directory.Exists(prediction) != Directory.Exists(reference))
        {
            throw new UsageException($"--prediction and --reference are two files or two folders, or a folder and a dataset.json; got '{prediction}' and '{reference}'.");
        }
        return Directory.Exists(prediction)
            ? Pair(CasesOf(prediction, "prediction"), CasesOf(reference, "reference"), prediction, reference, note)
            : [new CasePair(VolumeFile.CaseName(reference), prediction, reference)];
    }

    private static IReadOnlyList<CasePair> Pair(
        SortedDictionary<string, string> predictions, SortedDictionary<string, string> references, string predictionFolder, string referenceFolder, Action<string> note)
    {
        var missing = references.Keys.Where(name => !predictions.ContainsKey(name)).ToArray();
        var extra = predictions.Keys.Where(name => !references.ContainsKey(name)).ToArray();
        if (missing.Length + extra.Length > 0 && DescribedReferences.Beside(referenceFolder) is { } described)
        {
            return described.Pair(predictions, note);
        }
        if (missing.Length + extra.Length > 0)
        {
            List<string> faults = [];
            if (missing.Length > 0)
            {
                faults.Add($"no prediction in '{predictionFolder}' for {List(missing)}");
            }
            if (extra.Length > 0)
            {
                faults.Add($"no reference in '{referenceFolder}' for {List(extra)}");
            }
            throw new CommandFailedException($"Cases are matched by file name: {string.Join("; ", faults)}. Every case needs both files. Where label maps are named otherwise than their images, describe the data (samed init DIR) and give --reference DIR.");
        }
        return [.. references.Select(reference => new CasePair(reference.Key, predictions[reference.Key], reference.Value))];
    }

    private static SortedDictionary<string, string> CasesOf(string folder, string role)
    {
        var cases = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in VolumeFile.FilesIn(folder))
        {
            if (!cases.TryAdd(VolumeFile.CaseName(file), file))
            {
                throw new CommandFailedException($"The {role} folder has the case '{VolumeFile.CaseName(file)}' twice: '{cases[VolumeFile.CaseName(file)]}' and '{file}'. Remove one.");
            }
        }
        return cases.Count > 0 ? cases : throw new CommandFailedException($"The {role} folder '{folder}' holds no volume files (.nii, .nii.gz, .npz, .h5, …).");
    }

    private static string List(string[] names) =>
        string.Join(", ", names.Take(MaxListed)) + (names.Length > MaxListed ? $" and {names.Length - MaxListed} more" : "");
}
