using System.Globalization;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data.Preparation;

/// <summary>A case to prepare: one volume, or the slices of one in their order.</summary>
internal sealed record PreparationCase(string Name, bool IsTest, IReadOnlyList<LabelledFile> Files)
{
    /// <summary>The files to read, each once.</summary>
    public IEnumerable<string> Sources => Files.SelectMany(file => new[] { file.ImagePath, file.LabelPath }).Distinct(StringComparer.Ordinal);

    /// <summary>The reference's name of a slice: <c>case0005_slice012</c>. A slice that was in a file of its own keeps the digits of its number.</summary>
    public string SliceName(LabelledFile file, int slice)
    {
        if (file.SliceIndex is not { } index)
        {
            return Numbered(slice);
        }
        var name = VolumeFile.CaseName(file.ImagePath);
        return SliceFileName.Parse(file.ImagePath).Slice == index ? Name + name[name.LastIndexOf('_')..] : Numbered(index);

        string Numbered(int number) => string.Create(CultureInfo.InvariantCulture, $"{Name}_slice{number:000}");
    }

    /// <summary>Finds the cases of <paramref name="options"/>, in the order of their names.</summary>
    /// <exception cref="DirectoryNotFoundException">A folder does not exist.</exception>
    /// <exception cref="DataPreparationException">Images without labels, labels without images, two files of one name, or test cases that are not there.</exception>
    public static IReadOnlyList<PreparationCase> Find(DataPreparationOptions options)
    {
        List<string> faults = [];
        var files = options.Data is null ? Pairs(options) : Renamed(DataFolder.Find(options.Data, options.ListFile).Files, options, faults);
        var test = options.TestCases.ToHashSet(StringComparer.Ordinal);
        PreparationCase[] cases = [.. files.GroupBy(file => file.Name, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new PreparationCase(group.Key, test.Contains(group.Key), [.. group.OrderBy(file => file.SliceIndex)]))];
        if (!options.PassOverAbsentTestCases && test.Except(cases.Select(item => item.Name)).Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } absent)
        {
            faults.Add($"has no case {string.Join(", ", absent)} to test on; the cases are {string.Join(", ", cases.Select(item => item.Name))}");
        }
        faults.AddRange(cases.Where(item => item.IsTest && item.Files.Any(file => file.SliceIndex is not null))
            .Select(item => $"the test case {item.Name} is in slices, and test cases are whole volumes: prepare it from its volume"));
        faults.AddRange(cases.Where(item => item.Files.Count > 1 && item.Files.Any(file => file.SliceIndex is null))
            .Select(item => $"the case {item.Name} has more than one volume: {string.Join(", ", item.Files.Select(file => Path.GetFileName(file.ImagePath)))}"));
        return faults.Count == 0 ? cases : throw new DataPreparationException(options.Data ?? options.Images!, faults);
    }

    private static IEnumerable<LabelledFile> Renamed(IReadOnlyList<LabelledFile> files, DataPreparationOptions options, List<string> faults)
    {
        if (options.CaseNames == CaseNaming.FileName)
        {
            return files;
        }
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        foreach (var name in files.Select(file => file.Name).Distinct(StringComparer.Ordinal))
        {
            if (CaseNumber.Of(name, out var fault) is not { } number)
            {
                faults.Add($"the case {name} {fault}");
            }
            else if (names.FirstOrDefault(pair => pair.Value == "case" + number).Key is { } other)
            {
                faults.Add($"{other} and {name} are both the case{number}");
            }
            else
            {
                names[name] = "case" + number;
            }
        }
        return files.Where(file => names.ContainsKey(file.Name)).Select(file => file with { Name = names[file.Name] });
    }

    private static List<LabelledFile> Pairs(DataPreparationOptions options)
    {
        List<string> faults = [];
        var labels = ByKey(options.Labels!, options.CaseNames, isImage: false, faults);
        var images = ByKey(options.Images!, options.CaseNames, isImage: true, faults);
        foreach (var key in images.Keys.Except(labels.Keys).Order(StringComparer.Ordinal))
        {
            faults.Add($"{images[key]} has no label map {Wanted(key, options.CaseNames)} in {options.Labels}");
        }
        foreach (var key in labels.Keys.Except(images.Keys).Order(StringComparer.Ordinal))
        {
            faults.Add($"{labels[key]} has no image {Wanted(key, options.CaseNames)} in {options.Images}");
        }
        if (faults.Count > 0 && options.CaseNames == CaseNaming.FileName && NumbersPair(images.Keys, labels.Keys) is { } advice)
        {
            faults.Add(advice);
        }
        if (images.Count == 0 && faults.Count == 0)
        {
            faults.Add("holds no volume (.nii.gz, .nii, .hdr, .npz, .npy, .h5)");
        }
        return faults.Count > 0
            ? throw new DataPreparationException(options.Images!, faults)
            : [.. images.Select(pair => new LabelledFile(options.CaseNames == CaseNaming.Number ? "case" + pair.Key : pair.Key, pair.Value, labels[pair.Key]))];
    }

    private static string Wanted(string key, CaseNaming naming) => naming == CaseNaming.Number ? $"with the number {key}" : $"named {key}";

    private static SortedDictionary<string, string> ByKey(string folder, CaseNaming naming, bool isImage, List<string> faults)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"{folder}: there is no such folder of {(isImage ? "images" : "label maps")}.");
        }
        SortedDictionary<string, string> files = new(StringComparer.Ordinal);
        foreach (var path in VolumeFile.FilesIn(folder))
        {
            var name = VolumeFile.CaseName(path);
            var key = Key(name, naming, isImage, out var fault);
            if (key is null)
            {
                faults.Add($"{path} {fault}");
            }
            else if (!files.TryAdd(key, path))
            {
                faults.Add($"{files[key]} and {path} are both the case {key}; keep one file per case");
            }
        }
        return files;
    }

    private static string? Key(string name, CaseNaming naming, bool isImage, out string? fault)
    {
        fault = null;
        var bare = isImage ? DataFolder.StripChannel(name, anyChannel: false) : name;
        if (naming == CaseNaming.FileName)
        {
            return bare;
        }
        // The channel number of nnU-Net's images, unless it is all that tells the case.
        return CaseNumber.Of(bare.Any(char.IsAsciiDigit) ? bare : name, out fault);
    }

    /// <summary>Where names are taken as they are and do not pair, their numbers may.</summary>
    private static string? NumbersPair(IEnumerable<string> images, IEnumerable<string> labels)
    {
        var (one, other) = (Numbers(images), Numbers(labels));
        return one.Length > 0 && one.SequenceEqual(other) && !one.Contains(null) && one.Distinct().Count() == one.Length
            ? "images and label maps pair by the numbers in their names: say so (--case-names number; CaseNames in the options)"
            : null;

        static string?[] Numbers(IEnumerable<string> names) => [.. names.Select(name => CaseNumber.Of(name, out _)).Order(StringComparer.Ordinal)];
    }
}
