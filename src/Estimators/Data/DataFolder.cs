using System.Globalization;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Finds the image and label files of a data folder.</summary>
public static class DataFolder
{
    private const string Expected =
        "Expected images/ and labels/ with equally named volumes, or nnU-Net's imagesTr/ and labelsTr/, or the reference's *.npz slices or *.h5 volumes (with a list file)";

    private const int MostListed = 20;

    /// <summary>Endings of files that hold image and label together, in the order in which they are looked for.</summary>
    private static readonly string[] PairEndings = [".npz", ".npy.h5", ".h5"];

    /// <summary>Looks into <paramref name="folder"/>. A <c>dataset.json</c> with a description of this program says what belongs to the data; <paramref name="folder"/> may be such a
    /// file itself. <paramref name="listFile"/> names the npz slices or h5 volumes to use, one per line without extension, as the
    /// reference's lists_Synapse/train.txt; null takes <c>train.txt</c> of the folder when there is one, else every npz slice, or every h5 volume where there is none.
    /// A whole preparation, as <c>samed preprocess</c> writes it, stands for its training slices and its <c>lists/train.txt</c>.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="DataFolderException">The folder holds no pairs, or images without labels; the list is not there, or names files that are not there or one of them twice.</exception>
    /// <exception cref="DatasetDescriptionException">The description is not well formed.</exception>
    public static SegmentationData Find(string folder, string? listFile = null)
    {
        if (DatasetDescription.Find(folder) is not { } description)
        {
            return File.Exists(folder)
                ? throw new DataFolderException(folder, [$"is a file without a description under \"{DatasetDescriptionReader.Section}\": give the folder, or let samed init describe it"])
                : Look(folder, listFile);
        }
        // A list that was given chooses the files; the description still knows patients and what is set aside.
        return listFile is null ? description.ToData() : Look(description.Folder, listFile).DescribedBy(description);
    }

    private static SegmentationData Look(string folder, string? listFile)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"{folder}: there is no such folder. {Expected}.");
        }
        foreach (var (images, labels) in new[] { ("images", "labels"), ("imagesTr", "labelsTr") })
        {
            if (Directory.Exists(Path.Combine(folder, images)))
            {
                return listFile is null
                    ? FindPairs(folder, images, labels)
                    : throw new DataFolderException(folder, [$"a list file ({listFile}) goes with npz slices and h5 volumes, and this folder holds {images}/. Leave the list file out."]);
            }
        }
        return AllPairs(folder).Length == 0 && PreparedSlices.In(folder) is { } prepared
            ? FindSlices(prepared, listFile ?? PreparedSlices.ListIn(folder))
            : FindSlices(folder, listFile);
    }

    /// <summary>The pairs of equally named volumes in two folders of <paramref name="folder"/>.</summary>
    internal static SegmentationData FindPairs(string folder, string images, string labels)
    {
        var labelFolder = Path.Combine(folder, labels);
        if (!Directory.Exists(labelFolder))
        {
            throw new DataFolderException(folder, [$"has {images}/ and no {labels}/. {Expected}."]);
        }
        var labelFiles = VolumesByCase(labelFolder, name => name);
        var imageFiles = VolumesByCase(Path.Combine(folder, images), name => labelFiles.ContainsKey(name) ? name : StripChannel(name, anyChannel: images == "imagesTr"));
        List<string> faults = [];
        foreach (var name in imageFiles.Keys.Except(labelFiles.Keys).Order(StringComparer.Ordinal))
        {
            faults.Add($"{images}/{Path.GetFileName(imageFiles[name])} has no label map named {name} in {labels}/");
        }
        foreach (var name in labelFiles.Keys.Except(imageFiles.Keys).Order(StringComparer.Ordinal))
        {
            faults.Add($"{labels}/{Path.GetFileName(labelFiles[name])} has no image named {name} (or {name}_0000) in {images}/");
        }
        if (imageFiles.Count == 0)
        {
            faults.Add($"{images}/ holds no volume. {Expected}.");
        }
        Raise(folder, faults);
        return new(folder, SegmentationDataKind.Volumes, $"{images}/ + {labels}/",
            [.. imageFiles.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new LabelledFile(pair.Key, pair.Value, labelFiles[pair.Key]))]);
    }

    private static Dictionary<string, string> VolumesByCase(string folder, Func<string, string> nameOf)
    {
        Dictionary<string, string> files = [];
        foreach (var path in VolumeFile.FilesIn(folder))
        {
            var name = nameOf(VolumeFile.CaseName(path));
            if (!files.TryAdd(name, path))
            {
                throw new DataFolderException(folder,
                    [$"{Path.GetFileName(files[name])} and {Path.GetFileName(path)} are both the case {name}; images of several channels are not supported, keep one file per case."]);
            }
        }
        return files;
    }

    /// <summary>nnU-Net's images end in the number of their channel, <c>case_0000</c>; elsewhere other numbers belong to the name.</summary>
    internal static string StripChannel(string name, bool anyChannel) =>
        name.Length > 5 && name[^5] == '_' && int.TryParse(name[^4..], NumberStyles.None, CultureInfo.InvariantCulture, out var channel) && (anyChannel || channel == 0)
            ? name[..^5]
            : name;

    private static SegmentationData FindSlices(string folder, string? listFile)
    {
        var implied = Path.Combine(folder, PreparedSlices.ListName);
        listFile ??= File.Exists(implied) ? implied : null;
        List<string> faults = [];
        var paths = listFile is null ? AllPairs(folder) : [.. ListedPairs(folder, listFile, faults)];
        Raise(folder, faults);
        if (paths.Length == 0)
        {
            throw new DataFolderException(folder, [listFile is null ? $"holds nothing to train on. {Expected}." : $"the list {listFile} is empty."]);
        }
        var layout = paths[0].EndsWith(PairEndings[0], StringComparison.OrdinalIgnoreCase) ? "npz slices" : "h5 volumes";
        return new(folder, SegmentationDataKind.NormalizedSlices, layout, [.. paths.Select(Pair)]) { ListFile = listFile };
    }

    private static LabelledFile Pair(string path)
    {
        var (name, slice) = SliceFileName.Parse(path);
        return new(name, path, path, slice);
    }

    private static string[] AllPairs(string folder)
    {
        foreach (var pattern in new[] { "*.npz", "*.h5" })
        {
            if (Directory.EnumerateFiles(folder, pattern).OrderBy(path => Path.GetFileNameWithoutExtension(path), StringComparer.Ordinal).ToArray() is { Length: > 0 } found)
            {
                return found;
            }
        }
        return [];
    }

    private static List<string> ListedPairs(string folder, string listFile, List<string> faults)
    {
        if (!File.Exists(listFile))
        {
            var inside = Path.Combine(folder, listFile);
            throw new DataFolderException(folder, [$"the list file {listFile} (--list; ListFile in the options) is not there. " +
                (File.Exists(inside) ? $"Relative paths start at the working folder: give {inside}." : "Give the path of a file that names slices or volumes, one per line, or leave it out.")]);
        }
        List<string> paths = [];
        HashSet<string> named = new(StringComparer.Ordinal);
        foreach (var name in File.ReadLines(listFile).Select(line => line.Trim()).Where(line => line.Length > 0))
        {
            if (!named.Add(name))
            {
                faults.Add($"{name} is named more than once in {listFile}. Every slice or volume counts once: remove the other lines");
                continue;
            }
            var path = PairEndings.Select(ending => Path.Combine(folder, name + ending)).FirstOrDefault(File.Exists);
            if (path is null)
            {
                faults.Add($"{name}{PairEndings[0]} is named in {listFile} and is not in the folder, nor is {name}{PairEndings[1]} or {name}{PairEndings[2]}");
                continue;
            }
            paths.Add(path);
        }
        return paths;
    }

    /// <summary>Throws when there are faults; the first of them are shown.</summary>
    internal static void Raise(string folder, List<string> faults)
    {
        if (faults.Count > MostListed)
        {
            faults = [.. faults.Take(MostListed), $"and {faults.Count - MostListed} more"];
        }
        if (faults.Count > 0)
        {
            throw new DataFolderException(folder, faults);
        }
    }
}
