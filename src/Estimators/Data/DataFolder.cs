using System.Globalization;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Finds the image and label files of a data folder.</summary>
public static class DataFolder
{
    private const string Expected =
        "Expected images/ and labels/ with equally named volumes, or nnU-Net's imagesTr/ and labelsTr/, or the reference's *.npz slices (with a list file)";

    private const int MostListed = 20;

    /// <summary>Looks into <paramref name="folder"/>. <paramref name="listFile"/> names the npz slices to use, one per line without extension, as the reference's
    /// lists_Synapse/train.txt; null takes <c>train.txt</c> of the folder when there is one, else every slice.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="DataFolderException">The folder holds no pairs, or images without labels, or the list names files that are not there.</exception>
    public static SegmentationData Find(string folder, string? listFile = null)
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
                    : throw new DataFolderException(folder, [$"a list file ({listFile}) goes with npz slices, and this folder holds {images}/. Leave the list file out."]);
            }
        }
        return FindSlices(folder, listFile);
    }

    private static SegmentationData FindPairs(string folder, string images, string labels)
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
        return new(folder, DataKind.Volumes, $"{images}/ + {labels}/",
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
    private static string StripChannel(string name, bool anyChannel) =>
        name.Length > 5 && name[^5] == '_' && int.TryParse(name[^4..], NumberStyles.None, CultureInfo.InvariantCulture, out var channel) && (anyChannel || channel == 0)
            ? name[..^5]
            : name;

    private static SegmentationData FindSlices(string folder, string? listFile)
    {
        var implied = Path.Combine(folder, "train.txt");
        listFile ??= File.Exists(implied) ? implied : null;
        string[] names = listFile is null
            ? [.. Directory.EnumerateFiles(folder, "*.npz").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)]
            : [.. File.ReadLines(listFile).Select(line => line.Trim()).Where(line => line.Length > 0)];
        if (names.Length == 0)
        {
            throw new DataFolderException(folder, [listFile is null ? $"holds nothing to train on. {Expected}." : $"the list {listFile} is empty."]);
        }
        var missing = names.Where(name => !File.Exists(Path.Combine(folder, name + ".npz"))).ToArray();
        Raise(folder, [.. missing.Select(name => $"{name}.npz is named in {listFile} and is not in the folder")]);
        return new(folder, DataKind.NormalizedSlices, "npz slices", [.. names.Select(name => Slice(folder, name))]);
    }

    private static LabelledFile Slice(string folder, string name)
    {
        var path = Path.Combine(folder, name + ".npz");
        var split = name.LastIndexOf("_slice", StringComparison.Ordinal);
        return split > 0 && int.TryParse(name[(split + 6)..], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? new(name[..split], path, path, index)
            : new(name, path, path, 0);
    }

    private static void Raise(string folder, List<string> faults)
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
