using System.Globalization;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Finds npz slices and h5 volumes: in a folder, or in the folders that the reference and <c>samed preprocess</c> write.</summary>
internal static class ArrayFiles
{
    private const string TestFolder = "test_vol_h5";

    private static readonly string[] TrainingFolders = ["train_npz", "train_vol_h5"];

    /// <summary>The cases, where they were found, and what to tell of it; no cases where there are no such files.</summary>
    public static (IReadOnlyList<FoundPair> Pairs, string Where, IReadOnlyList<SurveyFinding> Findings) Find(string folder)
    {
        string[] folders = [.. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)];
        var tests = Array.Find(folders, path => Name(path).Equals(TestFolder, StringComparison.OrdinalIgnoreCase));
        var training = folders.Where(IsTraining).Select(path => (Path: path, Pairs: In(path, null))).Where(found => found.Pairs.Length > 0)
            .OrderBy(found => Name(found.Path).Length).ThenBy(found => found.Path, StringComparer.Ordinal).ToArray();
        List<FoundPair> pairs = [.. training.Length > 0 ? training[0].Pairs : In(folder, null)];
        var where = pairs.Count == 0 ? "" : training.Length > 0 ? $"{Name(training[0].Path)}/" : IsNpz(pairs[0].ImagePath) ? "npz files" : "h5 files";
        if (tests is not null && In(tests, DatasetParts.Test) is { Length: > 0 } volumes)
        {
            pairs.AddRange(volumes);
            where = where.Length == 0 ? $"{Name(tests)}/ for tests" : $"{where}, {Name(tests)}/ for tests";
        }
        return (pairs, where, training.Length < 2 ? [] :
        [
            SurveyFinding.Warning(".", $"several folders hold prepared training cases: {string.Join(", ", training.Select(found => $"{Name(found.Path)}/"))}; only {Name(training[0].Path)}/ is described",
                $"to take another, describe a folder that holds that one only (and {TestFolder}/)"),
        ]);
    }

    /// <summary><c>train_npz</c>, <c>train_vol_h5</c>, and the same with the side of resized slices behind: <c>train_npz_224</c>.</summary>
    private static bool IsTraining(string path) => TrainingFolders.Any(known => Name(path).StartsWith(known, StringComparison.OrdinalIgnoreCase) &&
        (Name(path).Length == known.Length || (Name(path)[known.Length] == '_' && int.TryParse(Name(path).AsSpan(known.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _))));

    private static FoundPair[] In(string inner, DatasetParts? part)
    {
        string[] files = [.. VolumeFile.FilesIn(inner)];
        var slices = Array.FindAll(files, IsNpz);
        var chosen = slices.Length > 0 ? slices : Array.FindAll(files, path => path.EndsWith(".h5", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".hdf5", StringComparison.OrdinalIgnoreCase));
        return Array.ConvertAll(chosen, path =>
        {
            var (name, slice) = SliceFileName.Parse(path);
            return new FoundPair(name, path, path, slice, part);
        });
    }

    private static bool IsNpz(string path) => path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase);

    private static string Name(string path) => Path.GetFileName(path);
}
