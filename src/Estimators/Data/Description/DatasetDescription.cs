using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>What is known of a data set: its files, patients, classes, intensities and split. Kept under the key <c>samed</c> of a <c>dataset.json</c>, so that nnU-Net's own file of
/// that name keeps everything else. <c>samed init</c> writes it; training, <c>mlContext.Data.LoadSlices</c> and the other commands read it.</summary>
public sealed record DatasetDescription
{
    /// <summary>The file's name in a data folder.</summary>
    public const string FileName = "dataset.json";

    /// <summary>Layout of folders of volumes: images and label maps of the same names.</summary>
    public const string PairsLayout = "pairs";

    /// <summary>Layout of nnU-Net: imagesTr/ and labelsTr/.</summary>
    public const string NnUNetLayout = "nnunet";

    /// <summary>Layout of the reference: npz or h5 files that hold image and label.</summary>
    public const string ArraysLayout = "arrays";

    /// <summary>Layout of 2-D pictures and masks.</summary>
    public const string PicturesLayout = "pictures";

    /// <summary>The layouts.</summary>
    public static IReadOnlyList<string> Layouts { get; } = [PairsLayout, NnUNetLayout, ArraysLayout, PicturesLayout];

    /// <summary>The description's file, a full path.</summary>
    public required string Path { get; init; }

    /// <summary>The folder that the paths of <see cref="Cases"/> start from.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>The data set's name; that of <see cref="Labels"/>.</summary>
    public string Name => Labels.Name;

    /// <summary>One of <see cref="Layouts"/>.</summary>
    public required string Layout { get; init; }

    /// <summary>Every labelled image, or slice of one.</summary>
    public required IReadOnlyList<DatasetCase> Cases { get; init; }

    /// <summary>Which ids in the label files are which class.</summary>
    public required LabelTable Labels { get; init; }

    /// <summary>Lower end of the intensities that become 0, in the files' units (HU for CT); null with <see cref="WindowMax"/> when the intensities are in [0, 1] already.</summary>
    public float? WindowMin { get; init; }

    /// <summary>Upper end of the intensities, which becomes 1.</summary>
    public float? WindowMax { get; init; }

    /// <summary>Axis codes that volumes are brought to before slicing, for instance <c>RAS</c>; null slices them as stored.</summary>
    public string? Orientation { get; init; }

    /// <summary>1 for grey images, 3 for colour. Default 1.</summary>
    public int Channels { get; init; } = 1;

    /// <summary>What is set aside for what; null leaves it to those who train.</summary>
    public DatasetSplit? Split { get; init; }

    /// <summary>The description at <paramref name="folderOrFile"/>: a JSON file, or a folder with a <c>dataset.json</c>. Null where there is none, for nnU-Net's own file without ours in it, and for files of other kinds.</summary>
    /// <exception cref="DatasetDescriptionException">The description is not well formed.</exception>
    /// <exception cref="LabelTableException">Its classes are not.</exception>
    public static DatasetDescription? Find(string folderOrFile)
    {
        ArgumentException.ThrowIfNullOrEmpty(folderOrFile);
        var path = File.Exists(folderOrFile) ? folderOrFile : System.IO.Path.Combine(folderOrFile, FileName);
        return File.Exists(path) && path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? DatasetDescriptionReader.Read(System.IO.Path.GetFullPath(path)) : null;
    }

    /// <summary>Whether <paramref name="folder"/> has a <c>dataset.json</c> with a description in it, well formed or not.</summary>
    /// <exception cref="DatasetDescriptionException">The file is not JSON.</exception>
    public static bool Exists(string folder)
    {
        var path = System.IO.Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return false;
        }
        using var document = DatasetDescriptionReader.Parse(path);
        return document.RootElement.ValueKind == System.Text.Json.JsonValueKind.Object && document.RootElement.TryGetProperty(DatasetDescriptionReader.Section, out _);
    }

    /// <summary>Writes the description into its file, whose other keys stay; the file appears whole or not at all.</summary>
    /// <param name="overwrite">Whether a description that the file has already is replaced.</param>
    /// <exception cref="DatasetDescriptionException">The file has a description and <paramref name="overwrite"/> is false, or it is no JSON object.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(bool overwrite = false) => AtomicFile.WriteText(Path, DatasetDescriptionWriter.Merge(this, overwrite));

    /// <summary>The files.</summary>
    /// <exception cref="DataFolderException">Files are missing; lists them.</exception>
    public SegmentationData ToData()
    {
        LabelledFile[] files = [.. Cases.Select(entry =>
            new LabelledFile(entry.Name, FullPath(entry.Image), FullPath(entry.Label), entry.Slice) { Patient = entry.Patient })];
        DataFolder.Raise(Folder, [.. files.SelectMany(file => new[] { file.ImagePath, file.LabelPath }).Distinct().Where(path => !File.Exists(path))
            .Select(path => $"{System.IO.Path.GetRelativePath(Folder, path)} is named in {System.IO.Path.GetFileName(Path)} and is not there; run samed init --force to describe the folder anew")]);
        var kind = Layout == ArraysLayout ? SegmentationDataKind.NormalizedSlices : SegmentationDataKind.Volumes;
        return new(Folder, kind, $"{Layout}, by {System.IO.Path.GetFileName(Path)}", files) { Description = this };
    }

    /// <summary><paramref name="options"/> with the window, orientation and channels of these data. Without a window: npz and h5 files keep the window of <paramref name="options"/>, which is
    /// for volumes to predict and does not apply to them; for other files there is none.</summary>
    public PreprocessingOptions Apply(PreprocessingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var placed = options with { Orientation = Orientation, Channels = Channels };
        return WindowMin is not null ? placed with { WindowMin = WindowMin, WindowMax = WindowMax, WindowArrays = true }
            : Layout == ArraysLayout ? placed
            : placed with { WindowMin = null, WindowMax = null };
    }

    private string FullPath(string relative) => System.IO.Path.GetFullPath(System.IO.Path.Combine(Folder, relative));
}
