using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>How <c>mlContext.Data.LoadSlices</c> reads files.</summary>
public sealed record SliceDataOptions
{
    private readonly string? _orientation;
    private readonly int? _channels;

    /// <summary>Which ids in the label files mean which class. Default null: the classes of the folder's <c>dataset.json</c>, and without one the ids as stored, which must be at
    /// most 255, and no names of classes. Not needed for images without labels.</summary>
    public LabelTable? Labels { get; init; }

    /// <summary>Axis codes that volumes with a known geometry are brought to before slicing; null slices them as stored, as the reference does.
    /// Default: what the folder's <c>dataset.json</c> says, and <c>RAS</c> without one. npz, npy and h5 files know no axes and are always sliced as stored.</summary>
    public string? Orientation
    {
        get => HasOrientation ? _orientation : "RAS";
        init => (_orientation, HasOrientation) = (value, true);
    }

    /// <summary>Which cases of a folder whose <c>dataset.json</c> has a split; without a split there is only <see cref="DatasetParts.All"/>.
    /// Default null: all but those set aside for tests, so that none of them is trained on by oversight.</summary>
    public DatasetParts? Parts { get; init; }

    /// <summary>Channels C of the Image column: 1 for grey images, 3 for pictures in colour, whose rows then hold [3, H, W] values. A grey image is repeated for 3, and a picture in
    /// colour is refused for 1. Default 1.</summary>
    public int Channels
    {
        get => _channels ?? 1;
        init => _channels = value;
    }

    /// <summary>File that names the npz slices or h5 volumes of a folder to use, one per line without extension. Only for a folder.
    /// Default null: <c>train.txt</c> of the folder when there is one, else every file.</summary>
    public string? ListFile { get; init; }

    /// <summary>Volumes that a shuffled pass keeps decoded at a time, at least 1. Their slices are drawn in random order, so more of them mix patients better
    /// and take more memory. Parallel cursors share the number, each with at least one. Default 4.</summary>
    public int VolumesInMemory { get; init; } = 4;

    /// <summary>Whether <see cref="Orientation"/> was given, if only as null.</summary>
    internal bool HasOrientation { get; private init; }

    /// <summary>With what <paramref name="description"/> says where nothing was given.</summary>
    internal SliceDataOptions With(DatasetDescription? description) => description is null ? this : this with
    {
        Labels = Labels ?? description.Labels,
        Orientation = HasOrientation ? Orientation : description.Orientation,
        Channels = _channels ?? description.Channels,
    };

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">One or more options are out of range; the message lists them all.</exception>
    public void Validate()
    {
        List<string> faults = [];
        if (Labels?.ClassCount > byte.MaxValue)
        {
            faults.Add($"Labels: the table '{Labels.Name}' has {Labels.ClassCount} classes; expected at most {byte.MaxValue}, merge classes or send some to the background");
        }
        if (Orientation is not null && !IsOrientation(Orientation))
        {
            faults.Add($"Orientation: expected three axis codes such as \"RAS\" or \"LPS\", or null, got \"{Orientation}\"");
        }
        if (!ImageChannels.IsPossible(Channels))
        {
            faults.Add($"Channels: expected 1 (grey) or 3 (colour), got {Channels}");
        }
        if (ListFile is "")
        {
            faults.Add("ListFile: expected a path or null, got an empty text");
        }
        if (Parts is { } parts && (parts == DatasetParts.None || (parts & ~DatasetParts.All) != 0))
        {
            faults.Add($"Parts: expected training, validation, test or several of them, got {parts}");
        }
        if (VolumesInMemory < 1)
        {
            faults.Add($"VolumesInMemory: expected at least 1, got {VolumesInMemory}");
        }
        if (faults.Count > 0)
        {
            throw new ArgumentException("Slice data options: " + string.Join("; ", faults) + ".");
        }
    }

    internal static bool IsOrientation(string codes) =>
        string.Concat(codes.Select(code => code switch { 'R' or 'L' => 'x', 'A' or 'P' => 'y', 'S' or 'I' => 'z', _ => '?' }).Order()) == "xyz";
}
