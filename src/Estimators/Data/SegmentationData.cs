namespace SAMed.MLNet.Estimators.Data;

/// <summary>An image and its label map.</summary>
/// <param name="Name">Name of the case, for instance <c>img0005</c>.</param>
/// <param name="ImagePath">File of the image.</param>
/// <param name="LabelPath">File of the label map; the same file for the reference's npz slices.</param>
/// <param name="SliceIndex">Slice number for a file that holds one slice of the case; null for a whole volume.</param>
public sealed record LabelledFile(string Name, string ImagePath, string LabelPath, int? SliceIndex = null);

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
    /// <summary>The names of the cases (patients), each once, in order of appearance.</summary>
    public IReadOnlyList<string> Cases { get; } = [.. Files.Select(file => file.Name).Distinct()];

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
        return cases.Count == 0 ? this : new(Folder, Kind, Layout, [.. Files.Where(file => !cases.Contains(file.Name))]);
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
