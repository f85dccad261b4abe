using System.Text.RegularExpressions;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>The training part of a folder that <c>samed preprocess</c> wrote, which holds test volumes and lists too.</summary>
internal static partial class PreparedSlices
{
    /// <summary>The list of training slices.</summary>
    public const string ListName = "train.txt";

    /// <summary>The folder of training slices or volumes in <paramref name="folder"/>: those that were not resized, else the only resized ones; null when it is no preparation.</summary>
    /// <exception cref="DataFolderException">There are several, and none of them is the one to take.</exception>
    public static string? In(string folder)
    {
        string[] found = [.. Directory.EnumerateDirectories(folder).Where(path => TrainingFolder().IsMatch(Path.GetFileName(path))).Order(StringComparer.Ordinal)];
        string[] whole = [.. found.Where(path => !Path.GetFileName(path).Any(char.IsAsciiDigit) || path.EndsWith("_h5", StringComparison.Ordinal))];
        return (whole.Length == 1 ? whole : found) switch
        {
            [var only] => only,
            [] => null,
            _ => throw new DataFolderException(folder, [$"holds several preparations: {string.Join(", ", found.Select(Path.GetFileName))}. Give the one to train on as the data folder (--data)"]),
        };
    }

    /// <summary>The preparation's list of training cases; null when it has none.</summary>
    public static string? ListIn(string folder) => Path.Combine(folder, "lists", ListName) is var path && File.Exists(path) ? path : null;

    [GeneratedRegex("^train_(npz|vol_h5)(_[0-9]+)?$")]
    private static partial Regex TrainingFolder();
}
