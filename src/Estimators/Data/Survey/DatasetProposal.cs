using System.Globalization;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Makes a description out of what was found, and says why.</summary>
internal sealed class DatasetProposal(string folder, string layout, DatasetSurveyOptions options, LabelTable? labels)
{
    /// <summary>Share of the cases that must look like CT for the CT window.</summary>
    private const double MostlyCt = 0.8;

    /// <summary>Slices this much thicker than their pixels show which way a scan was made.</summary>
    private const double ClearlyThicker = 2;

    private readonly List<string> _notes = [];

    /// <summary>Why.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>The description; null where there is nothing to learn. Adds to <paramref name="findings"/> what the split shows.</summary>
    public DatasetDescription? Describe(IReadOnlyList<CaseFacts> cases, List<SurveyFinding> findings)
    {
        int[] ids = [.. cases.SelectMany(facts => facts.Labels.Keys).Where(id => id != 0).Distinct().Order()];
        if (ids.Length is 0 or > byte.MaxValue)
        {
            return null;
        }
        var table = Table(ids);
        var window = Window(cases);
        var split = SplitProposal.Of(cases, options, findings, _notes);
        SplitProposal.WarnOfAbsentClasses(cases, split, table, findings);
        return new()
        {
            Path = Path.Combine(folder, DatasetDescription.FileName),
            Layout = layout,
            Cases = [.. cases.Select(facts => new DatasetCase { Name = facts.Name, Patient = facts.Patient, Image = facts.Image, Label = facts.Label, Slice = facts.Slice })],
            Labels = table,
            WindowMin = window?.Min,
            WindowMax = window?.Max,
            Orientation = Axes(cases),
            Channels = cases.Any(facts => facts.Channels == 3) ? 3 : 1,
            Split = split,
        };
    }

    private LabelTable Table(int[] ids)
    {
        if (labels is not null)
        {
            var absent = labels.Classes.Where(entry => !ids.Any(id => labels.FileIds.GetValueOrDefault(id) == entry.Id)).Select(entry => entry.Name).ToArray();
            _notes.Add($"classes: {labels.ClassCount} of the labels '{labels.Name}'{(absent.Length == 0 ? "" : $"; no label map holds {string.Join(", ", absent)}")}");
            return options.Name is null ? labels : Renamed(labels, options.Name);
        }
        _notes.Add(ids.Length == 1 ? $"classes: one, with the id {ids[0]} in the files" : $"classes: one for each of the {ids.Length} ids; their names are not known: write them into dataset.json, or give a table (--labels)" + Known(ids));
        return LabelTable.Create(options.Name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)),
            [.. ids.Select(id => (ids.Length == 1 ? "foreground" : $"label {id}", (IReadOnlyList<int>)[id]))]);
    }

    /// <summary>Built-in tables that end where these ids do: a hint, since many data sets number from 1.</summary>
    private static string Known(int[] ids)
    {
        string[] names = [.. LabelTable.BuiltIn.Where(table => table.FileIds.Keys.Max() == ids[^1]).Select(table => $"--labels {table.Name}")];
        return names.Length == 0 ? "" : $"; if these are the ids of a known data set: {string.Join(" or ", names)}";
    }

    private static LabelTable Renamed(LabelTable table, string name) => LabelTable.Create(name,
        [.. table.Classes.Select(entry => (entry.Name, Ids(table, entry.Id)))], Ids(table, 0), table.OthersAreBackground);

    private static IReadOnlyList<int> Ids(LabelTable table, int classId) => [.. table.FileIds.Where(pair => pair.Value == classId && pair.Key != 0).Select(pair => pair.Key).Order()];

    private (float Min, float Max)? Window(IReadOnlyList<CaseFacts> cases)
    {
        if (layout == DatasetDescription.PicturesLayout || cases.All(IntensityKinds.IsUnit))
        {
            _notes.Add(layout == DatasetDescription.PicturesLayout ? "window: none, pictures are read as 0..1" : "window: none, the intensities lie in 0..1 already");
            return null;
        }
        if (cases.Count(IntensityKinds.IsCt) >= MostlyCt * cases.Count)
        {
            var (min, max) = PreprocessingOptions.PublishedWindow;
            _notes.Add(string.Create(CultureInfo.InvariantCulture, $"window: {min}..{max}, the published one for CT of the abdomen, because the intensities look like Hounsfield units"));
            return (min, max);
        }
        var pooled = IntensitySample.Pool(cases.Select(facts => facts.Quantiles));
        var (low, high) = (Rounded(IntensitySample.At(pooled, 0.005)), Rounded(IntensitySample.At(pooled, 0.995)));
        if (low >= high)
        {
            (low, high) = (cases.Min(facts => facts.Min), cases.Max(facts => facts.Max));
        }
        if (low >= high)
        {
            return null;
        }
        _notes.Add(string.Create(CultureInfo.InvariantCulture, $"window: {low}..{high}, between which 99 % of the intensities of all cases lie"));
        return (low, high);
    }

    /// <summary>Three digits: more would pretend to know.</summary>
    private static float Rounded(float value) => float.Parse(value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private string? Axes(IReadOnlyList<CaseFacts> cases)
    {
        if (cases.Any(facts => facts.AxisCodes is null))
        {
            return null;
        }
        var thick = cases.Select(ThickAxis).Distinct().ToArray();
        var axes = thick is ['R'] ? "ASR" : thick is ['A'] ? "RSA" : "RAS";
        _notes.Add(axes == "RAS" ? "orientation: RAS, axial slices" : $"orientation: {axes}, because all scans are thickest {(axes == "ASR" ? "from right to left: sagittal" : "from back to front: coronal")} slices");
        return axes;
    }

    /// <summary>R, A or S where one axis has clearly the largest spacing; S otherwise.</summary>
    private static char ThickAxis(CaseFacts facts)
    {
        var spacing = facts.SpacingMm!;
        var largest = Enumerable.Range(0, 3).MaxBy(axis => spacing[axis]);
        var second = spacing.Where((_, axis) => axis != largest).Max();
        return spacing[largest] < ClearlyThicker * second ? 'S' : facts.AxisCodes![largest] switch { 'R' or 'L' => 'R', 'A' or 'P' => 'A', _ => 'S' };
    }
}
