using System.Globalization;

namespace SAMed.MLNet.Imaging.Postprocessing;

/// <summary>What is done to a predicted label map before it is written. Nothing, unless asked for. The steps go in the order in which they stand here,
/// whatever the order in which they were named.</summary>
public sealed record PostprocessingOptions
{
    /// <summary>Whether only the largest connected component of each label stays. Of equally large ones the first in the order of the voxels stays. Not for a label that
    /// stands for several things, as both lungs: see <see cref="Labels"/>.</summary>
    public bool LargestComponent { get; init; }

    /// <summary>Components of fewer voxels become background; null for none. At least 1.</summary>
    public int? MinIslandVoxels { get; init; }

    /// <summary>Components of a smaller volume, in mm³, become background; null for none. Above 0. Files without a geometry count 1 mm³ per voxel.</summary>
    public double? MinIslandMm3 { get; init; }

    /// <summary>Whether background that one label encloses on all sides gets that label. In a single slice the slice is what encloses; holes that touch the volume's edge, and
    /// holes that two labels enclose together, stay.</summary>
    public bool FillHoles { get; init; }

    /// <summary>Which voxels are neighbours. Default <see cref="VoxelConnectivity.Corners"/>. What encloses a hole follows from it: where objects connect by corners,
    /// background connects by faces, and the reverse.</summary>
    public VoxelConnectivity Connectivity { get; init; } = VoxelConnectivity.Corners;

    /// <summary>The labels that this is done to, 1 to 65535; null for all.</summary>
    public IReadOnlyList<int>? Labels { get; init; }

    /// <summary>Reads the form that <see cref="ToString"/> writes: words separated by commas, of <c>largest</c>, <c>islands=N</c> (voxels), <c>islands=Nmm3</c>, <c>holes</c>,
    /// <c>faces</c> (6 neighbours in place of 26), <c>labels=1+4+6</c>.</summary>
    /// <exception cref="FormatException">Lists every word that is none of these, or says again, perhaps otherwise, what another word has said.</exception>
    public static PostprocessingOptions Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var options = new PostprocessingOptions();
        List<string> faults = [];
        var said = new HashSet<string>(StringComparer.Ordinal);
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (With(options, word) is not { } changed)
            {
                faults.Add($"'{word}'");
            }
            else if (!said.Add(word.EndsWith("mm3", StringComparison.Ordinal) ? "mm3" : word.Split('=')[0]))
            {
                faults.Add($"'{word}', which repeats a step");
            }
            else
            {
                options = changed;
            }
        }
        if (faults.Count == 0 && !options.DoesSomething)
        {
            faults.Add($"'{text}', which names no step");
        }
        return faults.Count == 0 ? options : throw new FormatException(
            $"Post-processing takes largest, islands=N (voxels), islands=Nmm3 and holes, separated by commas, and with them faces and labels=1+4+6; got {string.Join(", ", faults)}.");
    }

    /// <summary>Whether any step is asked for.</summary>
    public bool DoesSomething => LargestComponent || MinIslandVoxels is not null || MinIslandMm3 is not null || FillHoles;

    /// <summary>The words that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        List<string> words = [];
        AddIf(LargestComponent, "largest");
        AddIf(MinIslandVoxels is not null, string.Create(CultureInfo.InvariantCulture, $"islands={MinIslandVoxels}"));
        AddIf(MinIslandMm3 is not null, string.Create(CultureInfo.InvariantCulture, $"islands={MinIslandMm3:R}mm3"));
        AddIf(FillHoles, "holes");
        AddIf(Connectivity == VoxelConnectivity.Faces, "faces");
        AddIf(Labels is not null, $"labels={string.Join('+', Labels ?? [])}");
        return words.Count == 0 ? "none" : string.Join(',', words);

        void AddIf(bool condition, string word)
        {
            if (condition)
            {
                words.Add(word);
            }
        }
    }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Lists every fault.</exception>
    public void Validate()
    {
        List<string> faults = [];
        if (MinIslandVoxels is < 1)
        {
            faults.Add($"MinIslandVoxels must be at least 1, got {MinIslandVoxels}");
        }
        if (MinIslandMm3 is { } volume && !(volume > 0 && double.IsFinite(volume)))
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"MinIslandMm3 must be above 0, got {volume}"));
        }
        if (!Enum.IsDefined(Connectivity))
        {
            faults.Add($"Connectivity must be Faces or Corners, got {Connectivity}");
        }
        faults.AddRange((Labels ?? []).Where(label => label is < 1 or > ushort.MaxValue).Select(label => $"Labels must be 1 to {ushort.MaxValue}, got {label}"));
        if (Labels is { Count: 0 })
        {
            faults.Add("Labels must name a label, or be null for all");
        }
        if (faults.Count > 0)
        {
            throw new ArgumentException($"Post-processing options: {string.Join("; ", faults)}.");
        }
    }

    private static PostprocessingOptions? With(PostprocessingOptions options, string word) => word.Split('=') switch
    {
        ["largest"] => options with { LargestComponent = true },
        ["holes"] => options with { FillHoles = true },
        ["faces"] => options with { Connectivity = VoxelConnectivity.Faces },
        ["islands", var size] when size.EndsWith("mm3", StringComparison.Ordinal) =>
            double.TryParse(size[..^3], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var volume) && volume > 0 ? options with { MinIslandMm3 = volume } : null,
        ["islands", var size] => int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var voxels) && voxels > 0 ? options with { MinIslandVoxels = voxels } : null,
        ["labels", var list] => LabelsOf(list) is { } labels ? options with { Labels = labels } : null,
        _ => null,
    };

    private static int[]? LabelsOf(string list)
    {
        var labels = list.Split('+').Select(text => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var label) ? label : 0).ToArray();
        return labels.Contains(0) ? null : labels;
    }
}
