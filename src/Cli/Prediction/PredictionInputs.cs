using System.Text.RegularExpressions;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Prediction;

/// <summary>The images in a folder to segment, without the masks that lie among them.</summary>
internal static partial class PredictionInputs
{
    /// <summary>The images with their names: those of a description where the folder has one, else every file that is not the mask of another. Tells what is left out.</summary>
    /// <exception cref="CommandFailedException">An image of the description is not there.</exception>
    public static IReadOnlyList<(string Name, string Path)> In(string folder, Action<string> note)
    {
        if (DatasetDescription.Find(folder) is { } description)
        {
            note($"{description.Path}: the images of its cases are segmented, its label maps are not");
            return Described(description);
        }
        var files = VolumeFile.FilesIn(folder);
        var names = files.Select(VolumeFile.CaseName).ToHashSet(StringComparer.OrdinalIgnoreCase);
        string[] masks = [.. files.Where(path => MaskSuffix().Match(VolumeFile.CaseName(path)) is { Success: true, Index: > 0 } suffix && names.Contains(VolumeFile.CaseName(path)[..suffix.Index]))];
        if (masks.Length > 0)
        {
            note($"{folder}: {masks.Length} file{(masks.Length == 1 ? "" : "s")} named as the mask of another image {(masks.Length == 1 ? "is" : "are")} left out ({Path.GetFileName(masks[0])}{(masks.Length > 1 ? ", …" : "")}); give such a file itself as --input to segment it");
        }
        return [.. files.Except(masks).Select(path => (VolumeFile.CaseName(path), path))];
    }

    private static (string, string)[] Described(DatasetDescription description)
    {
        (string Name, string Path)[] images = [.. description.Cases
            .Select(entry => (entry.Slice is null ? entry.Name : VolumeFile.CaseName(entry.Image), Path.GetFullPath(Path.Combine(description.Folder, entry.Image))))];
        return images.FirstOrDefault(image => !File.Exists(image.Path)) is { Path: { } missing }
            ? throw new CommandFailedException($"{missing} is named in {description.Path} and is not there. Describe the folder anew (samed init --force), or give the folder of the images.")
            : images;
    }

    [GeneratedRegex("[_\\-. ](?:mask|masks|seg|segmentation|label|labels|gt|groundtruth|annotation)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex MaskSuffix();
}
