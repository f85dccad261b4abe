namespace SAMed.MLNet.Estimators.Data;

/// <summary>An image and its label map.</summary>
/// <param name="Name">Name of the case, for instance <c>img0005</c>.</param>
/// <param name="ImagePath">File of the image.</param>
/// <param name="LabelPath">File of the label map; the same file for the reference's npz slices.</param>
/// <param name="SliceIndex">Slice number for a file that holds one slice of the case; null for a whole volume.</param>
public sealed record LabelledFile(string Name, string ImagePath, string LabelPath, int? SliceIndex = null)
{
    /// <summary>Whom the image shows; cases of one patient stay together in a split. Default: the name of the case.</summary>
    public string Patient { get; init; } = Name;
}

/// <summary>What kind of files a data folder holds.</summary>
public enum SegmentationDataKind
{
    /// <summary>Volumes in file intensities (HU for CT).</summary>
    Volumes,

    /// <summary>The reference's npz slices, whose intensities are in [0, 1] already.</summary>
    NormalizedSlices,
}

/// <summary>What a data folder holds.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Kind">What kind of files.</param>
/// <param name="Layout">How it is laid out, for people: <c>images/ + labels/</c>, <c>imagesTr/ + labelsTr/</c>, <c>npz slices</c>.</param>
/// <param name="Files">Every pair, in the order of their names or of the list file.</param>
public sealed record SegmentationData(string Folder, SegmentationDataKind Kind, string Layout, IReadOnlyList<LabelledFile> Files)
{
    /// <summary>The names of the cases, each once, in order of appearance.</summary>
    public IReadOnlyList<string> Cases { get; } = [.. Files.Select(file => file.Name).Distinct()];

    /// <summary>The list that named the files; null where none did.</summary>
    public string? ListFile { get; init; }

    /// <summary>What the folder's <c>dataset.json</c> says; null where there is none.</summary>
    public DatasetDescription? Description { get; init; }

    /// <summary>The cases of <paramref name="patients"/>, in order.</summary>
    internal string[] CasesOf(IEnumerable<string> patients)
    {
        var chosen = patients.ToHashSet(StringComparer.Ordinal);
        return [.. Files.Where(file => chosen.Contains(file.Patient)).Select(file => file.Name).Distinct()];
    }

    /// <summary>The cases of some parts of the split; null: all but those set aside for tests.</summary>
    /// <exception cref="DataFolderException">There is no split to choose from, or the parts hold no case.</exception>
    public SegmentationData Part(DatasetParts? parts)
    {
        if (Description?.Split is not { } split)
        {
            return parts is null or DatasetParts.All ? this : throw new DataFolderException(Folder,
                [$"has no {DatasetDescription.FileName} with a split to take {parts} from. Let samed init describe the folder, or split by case in code"]);
        }
        var chosen = split.Of(parts ?? DatasetParts.TrainingAndValidation).ToHashSet(StringComparer.Ordinal);
        LabelledFile[] files = [.. Files.Where(file => chosen.Contains(file.Name))];
        return files.Length > 0
            ? new(Folder, Kind, Layout, files) { Description = Description, ListFile = ListFile }
            : throw new DataFolderException(Folder, [$"has no case for {parts ?? DatasetParts.TrainingAndValidation}; the split is in {Description.Path}"]);
    }

    /// <summary>The same files with the patients that <paramref name="description"/> knows.</summary>
    internal SegmentationData DescribedBy(DatasetDescription description)
    {
        var patients = description.Cases.DistinctBy(entry => entry.Name).ToDictionary(entry => entry.Name, entry => entry.Patient, StringComparer.Ordinal);
        return new(Folder, Kind, Layout, [.. Files.Select(file => file with { Patient = patients.GetValueOrDefault(file.Name, file.Name) })]) { Description = description, ListFile = ListFile };
    }

    /// <summary>The same without the named cases.</summary>
    /// <exception cref="DataFolderException">A name is no case, or none is left.</exception>
    public SegmentationData Without(IReadOnlyCollection<string> cases)
    {
        string[] unknown = [.. cases.Except(Cases)];
        if (unknown.Length > 0 || Cases.All(cases.Contains))
        {
            throw new DataFolderException(Folder, [unknown.Length > 0
                ? $"has no case {string.Join(", ", unknown)} to leave out; the cases are {string.Join(", ", Cases)}"
                : "has no case left when all of them are left out"]);
        }
        return cases.Count == 0 ? this : new(Folder, Kind, Layout, [.. Files.Where(file => !cases.Contains(file.Name))]) { Description = Description, ListFile = ListFile };
    }
}

/// <summary>A data folder that does not hold what training needs; the message lists every fault and says what to do.</summary>
public sealed class DataFolderException : Exception
{
    /// <summary>Faults in <paramref name="folder"/>.</summary>
    public DataFolderException(string folder, IReadOnlyList<string> faults)
        : base($"{folder}: {string.Join(Environment.NewLine + "  ", faults)}")
    {
        (Folder, Faults) = (folder, faults);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Each fault.</summary>
    public IReadOnlyList<string> Faults { get; }
}
