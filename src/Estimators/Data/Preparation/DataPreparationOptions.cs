using SAMed.MLNet.Imaging;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Data.Preparation;

/// <summary>What a case is called in the prepared data.</summary>
public enum CaseNaming
{
    /// <summary>As its image file, without nnU-Net's channel number: <c>amos_0001</c>. Image and label file have the same name.</summary>
    FileName,

    /// <summary>By the number in the name of its image file, with at least four digits: <c>img0005.nii.gz</c> → <c>case0005</c>, as the reference does, and <c>img5</c> too. It stands after
    /// <c>img</c>, <c>image</c>, <c>label</c> or <c>case</c>, or is the only number; nnU-Net's channel number does not count. Image and label file have the same number.</summary>
    Number,
}

/// <summary>How training cases are written. Test cases are always one HDF5 file each.</summary>
public enum PreparedFormat
{
    /// <summary>One npz file per slice with 2-D arrays, as the reference does.</summary>
    Slices,

    /// <summary>One HDF5 file per case with 3-D arrays.</summary>
    Volumes,
}

/// <summary>How images and label maps become the reference's training slices and test volumes: its preprocess_data.py and subsample_datasets.py, for any data.
/// The cases come from <see cref="Images"/> and <see cref="Labels"/>, or from <see cref="Data"/>.</summary>
public sealed record DataPreparationOptions
{
    /// <summary>Folder of the images; null with <see cref="Data"/>.</summary>
    public string? Images { get; init; }

    /// <summary>Folder of the label maps; null with <see cref="Data"/>.</summary>
    public string? Labels { get; init; }

    /// <summary>A data folder in any layout that training reads (<see cref="DataFolder.Find"/>), prepared slices included; null with <see cref="Images"/>.</summary>
    public string? Data { get; init; }

    /// <summary>List file for the npz slices or h5 volumes of <see cref="Data"/>; null = as <see cref="DataFolder.Find"/>.</summary>
    public string? ListFile { get; init; }

    /// <summary>The folder to write.</summary>
    public required string Output { get; init; }

    /// <summary>Which ids of the label files are which class. Default null = the ids stay as they are, which then must be at most 255.</summary>
    public LabelTable? LabelTable { get; init; }

    /// <summary>Lower end of the intensity window, which becomes 0; null with <see cref="WindowMax"/> keeps intensities as they are. Default −125 (HU).</summary>
    public float? WindowMin { get; init; } = HuWindow.PaperMinHu;

    /// <summary>Upper end of the intensity window, which becomes 1. Default 275 (HU).</summary>
    public float? WindowMax { get; init; } = HuWindow.PaperMaxHu;

    /// <summary>Whether the window also applies to files without a geometry (npz, npy, h5). By default their intensities are taken to be in [0, 1] already.</summary>
    public bool WindowArrays { get; init; }

    /// <summary>Axis codes that volumes with a geometry are brought to, for instance <c>RAS</c>. Default null = as stored, as the reference does. Prepared files carry no
    /// geometry, so a model that is trained on them sees volumes as stored too.</summary>
    public string? Orientation { get; init; }

    /// <summary>Side of the square that training slices are resized to (images by cubic spline, labels by nearest neighbour), as subsample_datasets.py does at 224; test volumes
    /// keep their size. Default null = training slices keep theirs.</summary>
    public int? Size { get; init; }

    /// <summary>Edge rule of that resizing; <see cref="ZoomEdge.Paper"/> has the reference's zero last row and column of 512 → 224. Default <see cref="ZoomEdge.Exact"/>.</summary>
    public ZoomEdge ZoomEdge { get; init; } = ZoomEdge.Exact;

    /// <summary>Names of the cases to test on, as <see cref="CaseNames"/> gives them, in the order of <c>test_vol.txt</c>. Default none.</summary>
    public IReadOnlyList<string> TestCases { get; init; } = [];

    /// <summary>Whether a name in <see cref="TestCases"/> that the data do not have is passed over, for a preset on part of its data. Default false: it is an error.</summary>
    public bool PassOverAbsentTestCases { get; init; }

    /// <summary>What the cases are called. Default <see cref="CaseNaming.FileName"/>.</summary>
    public CaseNaming CaseNames { get; init; } = CaseNaming.FileName;

    /// <summary>How training cases are written. Default <see cref="PreparedFormat.Slices"/>.</summary>
    public PreparedFormat Format { get; init; } = PreparedFormat.Slices;

    /// <summary>Whether npz files are deflated; the reference's are not. Default false.</summary>
    public bool Compress { get; init; }

    /// <summary>Cases prepared at the same time, each in memory as a whole. Default 0 = the processors, at most 4.</summary>
    public int Workers { get; init; }

    /// <summary>Whether an earlier preparation in <see cref="Output"/> is replaced; what it has more goes when every case is done. Default false: it is completed, and must have had the same options.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Lists every fault.</exception>
    public void Validate()
    {
        List<string> faults = [];
        Refuse((Images is null) != (Labels is null), "Images and Labels go together");
        Refuse((Images is null) == (Data is null), "either Images and Labels or Data must be given");
        Refuse(ListFile is not null && Data is null, "ListFile goes with Data");
        Refuse(WindowMin.HasValue != WindowMax.HasValue || WindowMin >= WindowMax || !float.IsFinite((WindowMax - WindowMin) ?? 0),
            FormattableString.Invariant($"the window needs a finite lower end below its upper end, got {WindowMin} to {WindowMax}"));
        Refuse(Size is < 1, $"Size must be at least 1, got {Size}");
        Refuse(Workers < 0, $"Workers must be at least 0, got {Workers}");
        Refuse(!Enum.IsDefined(ZoomEdge), $"ZoomEdge is Exact or Paper, got {ZoomEdge}");
        Refuse(!Enum.IsDefined(CaseNames), $"CaseNames is FileName or Number, got {CaseNames}");
        Refuse(!Enum.IsDefined(Format), $"Format is Slices or Volumes, got {Format}");
        Refuse(TestCases.Distinct(StringComparer.Ordinal).Count() != TestCases.Count, "TestCases holds a name twice");
        if (faults.Count > 0)
        {
            throw new ArgumentException($"Data preparation options: {string.Join("; ", faults)}.");
        }

        void Refuse(bool wrong, string fault)
        {
            if (wrong)
            {
                faults.Add(fault);
            }
        }
    }
}
