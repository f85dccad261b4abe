using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Looks at the names in a data folder and finds images with their label maps, in whichever layout people keep them.</summary>
internal sealed class DatasetFinder(string folder, string? imageFolder = null, string? labelFolder = null)
{
    /// <summary>The layouts, for an error.</summary>
    public const string Expected = "Expected images/ and labels/ (or masks/, …) with files of the same names, nnU-Net's imagesTr/ and labelsTr/, the same two folders below train/ and test/, " +
        "npz or h5 files that hold image and label, images and masks side by side (a.png, a_mask.png), or one folder per case with an image and a segmentation";

    private static readonly string[] ImageFolders = ["images", "image", "imgs", "img", "imagesTr", "scans", "volumes", "ct"];

    private static readonly string[] LabelFolders =
        ["labels", "label", "labelsTr", "masks", "mask", "gt", "annotations", "annotation", "segmentations", "segmentation", "segs", "seg", "groundtruth", "ground_truth", "truth"];

    private static readonly (string[] Names, DatasetParts Part)[] PartFolders =
        [(["train", "training"], DatasetParts.Training), (["val", "valid", "validation"], DatasetParts.Validation), (["test", "testing"], DatasetParts.Test)];

    private readonly PairMatcher _matcher = new(folder);
    private readonly List<SurveyFinding> _findings = [];

    /// <summary>Looks.</summary>
    /// <exception cref="DirectoryNotFoundException">A folder does not exist.</exception>
    /// <exception cref="DataFolderException">No layout fits.</exception>
    public FoundFiles Find()
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"{folder}: there is no such folder. {Expected}.");
        }
        var found = GivenFolders() ?? NnUNet() ?? PairFolders() ?? PartsFolders() ?? Arrays() ?? SideBySide() ?? FolderPerCase();
        found = found is null ? null : found with { Findings = [.. found.Findings, .. _findings] };
        return found is { Pairs.Count: > 0 } or { Findings.Count: > 0 } ? found : throw new DataFolderException(folder, [$"holds no labelled images. {Unread.In(folder)}{Expected}."]);
    }

    private FoundFiles? GivenFolders()
    {
        if (imageFolder is null || labelFolder is null)
        {
            return null;
        }
        var (images, labels) = (Required(imageFolder), Required(labelFolder));
        return Pairs($"{imageFolder}/ + {labelFolder}/", _matcher.Match(VolumeFile.FilesIn(images), VolumeFile.FilesIn(labels)));
    }

    private string Required(string name) => Path.Combine(folder, name) is var path && Directory.Exists(path) ? path
        : throw new DirectoryNotFoundException($"{path}: there is no such folder.");

    private FoundFiles? NnUNet()
    {
        if (Below(folder, ["imagesTr"]) is not { } images || Below(folder, ["labelsTr"]) is not { } labels)
        {
            return null;
        }
        List<FoundPair> pairs = [.. _matcher.Match(VolumeFile.FilesIn(images), VolumeFile.FilesIn(labels))];
        var where = "imagesTr/ + labelsTr/";
        if (Below(folder, ["imagesTs"]) is { } testImages && Below(folder, ["labelsTs"]) is { } testLabels)
        {
            pairs.AddRange(_matcher.Match(VolumeFile.FilesIn(testImages), VolumeFile.FilesIn(testLabels), DatasetParts.Test));
            where += ", imagesTs/ + labelsTs/ for tests";
        }
        return new(DatasetDescription.NnUNetLayout, where, UniqueNames(pairs), _matcher.Findings);
    }

    private FoundFiles? PairFolders() => Below(folder, ImageFolders) is { } images && Below(folder, LabelFolders) is { } labels
        ? Pairs($"{Path.GetFileName(images)}/ + {Path.GetFileName(labels)}/", _matcher.Match(VolumeFile.FilesIn(images), VolumeFile.FilesIn(labels)))
        : null;

    private FoundFiles? PartsFolders()
    {
        List<FoundPair> pairs = [];
        List<string> where = [];
        foreach (var (names, part) in PartFolders)
        {
            if (Below(folder, names) is { } inner && Below(inner, ImageFolders) is { } images && Below(inner, LabelFolders) is { } labels)
            {
                pairs.AddRange(_matcher.Match(VolumeFile.FilesIn(images), VolumeFile.FilesIn(labels), part));
                where.Add($"{RelativePath.Of(folder, images)}/ + {RelativePath.Of(folder, labels)}/");
            }
        }
        return where.Count == 0 ? null : Pairs(string.Join(", ", where), pairs);
    }

    /// <summary>npz slices or h5 volumes: in the folder, or as the reference's preprocessing leaves them.</summary>
    private FoundFiles? Arrays()
    {
        var (pairs, where, findings) = ArrayFiles.Find(folder);
        return pairs.Count == 0 ? null : new(DatasetDescription.ArraysLayout, where, UniqueNames(pairs), findings);
    }

    /// <summary>Images and masks in one folder, told apart by words such as mask.</summary>
    private FoundFiles? SideBySide()
    {
        var files = VolumeFile.FilesIn(folder);
        var masks = files.Where(path => NameKey.IsMask(VolumeFile.CaseName(path))).ToArray();
        return masks.Length == 0 || masks.Length == files.Count ? null : Pairs("images and masks side by side", _matcher.Match([.. files.Except(masks)], masks));
    }

    private FoundFiles? FolderPerCase()
    {
        List<FoundPair> pairs = [];
        List<SurveyFinding> findings = [];
        foreach (var inner in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
        {
            var files = VolumeFile.FilesIn(inner);
            var masks = files.Where(path => NameKey.IsMask(VolumeFile.CaseName(path))).ToArray();
            if (masks is [var mask] && files.Count == 2)
            {
                pairs.Add(new(Path.GetFileName(inner), files.Single(path => path != mask), mask));
            }
            else if (files.Count > 0)
            {
                findings.Add(SurveyFinding.Error(RelativePath.Of(folder, inner), $"holds {files.Count} files, {masks.Length} of them named as a mask", "keep one image and one segmentation per case"));
            }
        }
        return pairs.Count == 0 ? null : Pairs("one folder per case", pairs, findings);
    }

    private FoundFiles Pairs(string where, IReadOnlyList<FoundPair> pairs, IEnumerable<SurveyFinding>? more = null)
    {
        var pictures = pairs.Count > 0 && pairs.All(pair => IsPicture(pair.ImagePath));
        return new(pictures ? DatasetDescription.PicturesLayout : DatasetDescription.PairsLayout, where, UniqueNames(pairs), [.. _matcher.Findings, .. more ?? []]);
    }

    private static bool IsPicture(string path) => Path.GetExtension(path).ToLowerInvariant() is ".png" or ".jpg" or ".jpeg" or ".bmp";

    /// <summary>A name that two folders have gets the name of its part; what is still there twice is told, and the first counts.</summary>
    private FoundPair[] UniqueNames(IReadOnlyList<FoundPair> pairs)
    {
        var twice = pairs.GroupBy(pair => (pair.Name, pair.Slice)).Where(group => group.Select(pair => pair.Part).Distinct().Count() > 1).Select(group => group.Key.Name).ToHashSet(StringComparer.Ordinal);
        var renamed = pairs.Select(pair => twice.Contains(pair.Name) ? pair with { Name = $"{pair.Name}_{(pair.Part ?? DatasetParts.Training).ToString().ToLowerInvariant()}" } : pair);
        List<FoundPair> unique = [];
        Dictionary<(string, int?), FoundPair> seen = [];
        foreach (var pair in renamed)
        {
            if (seen.TryAdd((pair.Name, pair.Slice), pair))
            {
                unique.Add(pair);
            }
            else
            {
                _findings.Add(SurveyFinding.Error(RelativePath.Of(folder, pair.ImagePath), $"is the case {pair.Name} again, as {RelativePath.Of(folder, seen[(pair.Name, pair.Slice)].ImagePath)} is",
                    "remove one of them, or rename image and label map"));
            }
        }
        return [.. unique];
    }

    private static string? Below(string parent, string[] names)
    {
        var folders = Directory.EnumerateDirectories(parent).Order(StringComparer.Ordinal).ToArray();
        return names.Select(name => Array.Find(folders, path => Path.GetFileName(path).Equals(name, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(path => path is not null);
    }
}
