using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Evaluation;

/// <summary>References by a dataset.json, which knows the label map of every case whatever its name is.</summary>
internal sealed class DescribedReferences
{
    private const int MaxListed = 20;

    private readonly DatasetDescription _description;
    private readonly List<(string Case, string Image, string Label, string Part)> _entries;

    private DescribedReferences(DatasetDescription description, string? labelFolder)
    {
        _description = description;
        _entries = [.. description.Cases
            // Files of single slices are predicted one by one.
            .Select(entry => (Case: entry.Slice is null ? entry.Name : VolumeFile.CaseName(entry.Image), entry.Image, Label: Path.GetFullPath(Path.Combine(description.Folder, entry.Label)), Part: PartOf(description, entry.Name)))
            .Where(entry => labelFolder is null || Path.GetDirectoryName(entry.Label) == labelFolder)];
    }

    /// <summary>The description that <paramref name="reference"/> is or holds; null where it is neither.</summary>
    /// <exception cref="CommandFailedException">A JSON file without a description.</exception>
    public static DatasetDescription? DescriptionAt(string reference) => Directory.Exists(reference) ? DatasetDescription.Find(reference)
        : !reference.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || !File.Exists(reference) ? null
        : DatasetDescription.Find(reference) ?? throw new CommandFailedException($"{reference} has no description that samed init wrote. Give the references as a file or a folder, or describe their folder with samed init.");

    /// <summary>All references of the description that <paramref name="reference"/> is or holds; null where it is neither.</summary>
    public static DescribedReferences? At(string reference) => DescriptionAt(reference) is { } description ? new(description, null) : null;

    /// <summary>The references in <paramref name="folder"/> by the dataset.json beside it; null where there is none that knows them.</summary>
    public static DescribedReferences? Beside(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return Path.GetDirectoryName(full) is { } parent && DatasetDescription.Find(parent) is { } description && new DescribedReferences(description, full) is { _entries.Count: > 0 } known ? known : null;
    }

    /// <summary>Each prediction with its reference. Parts of the split may be left out as a whole, and <paramref name="note"/> is told which are scored.</summary>
    /// <exception cref="CommandFailedException">A prediction is of no case or of one that has another, or some cases of a part have none.</exception>
    public IReadOnlyList<CasePair> Pair(IReadOnlyDictionary<string, string> predictions, Action<string> note)
    {
        var known = Names();
        string[] extra = [.. predictions.Keys.Where(name => !known.ContainsKey(name))];
        if (extra.Length > 0)
        {
            throw new CommandFailedException($"{_description.Path} has no case for the prediction{(extra.Length == 1 ? "" : "s")} {List(extra)}. A prediction is named as its case, its image or its label map.");
        }
        var chosen = predictions.Select(prediction => (Entry: known[prediction.Key], prediction.Value)).GroupBy(pair => pair.Entry).ToArray();
        if (chosen.FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new CommandFailedException($"The case {_entries[twice.Key].Case} has several predictions: {string.Join(", ", twice.Select(pair => pair.Value))}. Keep one.");
        }
        var scored = chosen.Select(group => group.Key).ToHashSet();
        RequireWholeParts(scored);
        note($"{_description.Path}: its label maps are the references of {scored.Count} case{(scored.Count == 1 ? "" : "s")} ({string.Join(", ", scored.Select(index => _entries[index].Part).Distinct().Order(StringComparer.Ordinal))})");
        return [.. chosen.Select(group => new CasePair(_entries[group.Key].Case, group.Single().Value, _entries[group.Key].Label)).OrderBy(pair => pair.Case, StringComparer.Ordinal)];
    }

    /// <summary>What a prediction may be called: as its case, else as its image, else as its label map.</summary>
    private Dictionary<string, int> Names()
    {
        Dictionary<string, int> names = new(StringComparer.Ordinal);
        foreach (Func<(string Case, string Image, string Label, string Part), string> name in new Func<(string Case, string Image, string Label, string Part), string>[]
            { entry => entry.Case, entry => VolumeFile.CaseName(entry.Image), entry => VolumeFile.CaseName(entry.Label) })
        {
            for (var index = 0; index < _entries.Count; index++)
            {
                names.TryAdd(name(_entries[index]), index);
            }
        }
        return names;
    }

    /// <summary>Cases that silently fail to be scored would change the mean.</summary>
    private void RequireWholeParts(HashSet<int> scored)
    {
        var parts = scored.Select(index => _entries[index].Part).ToHashSet(StringComparer.Ordinal);
        string[] missing = [.. _entries.Where((entry, index) => !scored.Contains(index) && parts.Contains(entry.Part)).Select(entry => entry.Case)];
        if (missing.Length > 0)
        {
            throw new CommandFailedException($"No prediction for {List(missing)} of {_description.Path}. Predict every case of a part of its split ({string.Join(", ", parts.Order(StringComparer.Ordinal))}), or none of them.");
        }
    }

    private static string PartOf(DatasetDescription description, string name) => description.Split is not { } split ? "all cases"
        : split.Test.Contains(name) ? "test" : split.Validation.Contains(name) ? "validation" : split.Training.Contains(name) ? "train" : "in no part of the split";

    private static string List(string[] names) => string.Join(", ", names.Take(MaxListed)) + (names.Length > MaxListed ? $" and {names.Length - MaxListed} more" : "");
}
