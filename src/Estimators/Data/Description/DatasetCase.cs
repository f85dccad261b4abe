namespace SAMed.MLNet.Estimators.Data;

/// <summary>One labelled image of a data set, or one slice of it.</summary>
public sealed record DatasetCase
{
    private readonly string? _patient;

    /// <summary>Name of the case, the same for all slices of a volume that is stored slice by slice.</summary>
    public required string Name { get; init; }

    /// <summary>Whom the image shows. Images of one patient are never in two parts of a split. Default: the name.</summary>
    public string Patient
    {
        get => _patient ?? Name;
        init => _patient = value;
    }

    /// <summary>File of the image, relative to the folder of the description, with forward slashes.</summary>
    public required string Image { get; init; }

    /// <summary>File of the label map; the same as <see cref="Image"/> where one file holds both.</summary>
    public required string Label { get; init; }

    /// <summary>Number of the slice for a file that holds one slice of the case; null for a whole image.</summary>
    public int? Slice { get; init; }
}
