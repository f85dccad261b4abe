using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Cli.Evaluation;

/// <summary>What the ids in a set of label files mean.</summary>
/// <param name="Table">The table that maps them to class ids; null: they are class ids already.</param>
internal sealed record FileIds(LabelTable? Table);

/// <summary>Reads predictions and references slice by slice, so that both hold class ids of one table, kept as runs.</summary>
/// <param name="Table">Meaning of the ids in files that do not say that samed wrote them; null takes ids as they are.</param>
/// <param name="Predictions">Meaning of the ids in the prediction files; null: class ids already where samed wrote the file, else <see cref="Table"/>.</param>
/// <param name="References">The same for the reference files.</param>
internal sealed record LabelReader(LabelTable? Table, FileIds? Predictions = null, FileIds? References = null)
{
    /// <summary>How the NIfTI description of a file that this program wrote begins.</summary>
    public const string OwnDescription = "SAMed.MLNet";

    /// <summary>What <c>--prediction-labels</c> and <c>--reference-labels</c> call class ids.</summary>
    public const string ClassIds = "classes";

    /// <summary>Whether <paramref name="prediction"/> is a file that cannot say who wrote it, and the table would read class ids as something else.</summary>
    public bool Guesses(string prediction) => Table is not null && Predictions is null
        && Table.Classes.Any(entry => Table.FileIds.GetValueOrDefault(entry.Id) != entry.Id) && !VolumeFile.Identify(prediction).HasGeometry && !IsOwn(prediction);

    /// <summary>Scores a case.</summary>
    /// <exception cref="CommandFailedException">A file that counts as written in class ids has others.</exception>
    public CaseScores Score(CasePair pair, IReadOnlyList<LabelClass> organs, MetricOptions options) =>
        OrganScorer.Measure(pair.Case, ReadPrediction(pair), ReadReference(pair), organs, options).Scores(options.Policy);

    /// <summary>The ids that occur in the prediction or the reference of a case.</summary>
    /// <exception cref="CommandFailedException">A file that counts as written in class ids has others.</exception>
    public IReadOnlySet<int> LabelsOf(CasePair pair) => ReadPrediction(pair).Labels.Concat(ReadReference(pair).Labels).ToHashSet();

    private LabelRuns ReadReference(CasePair pair) => Read(pair.Reference, References, "--reference-labels");

    private LabelRuns ReadPrediction(CasePair pair) => Read(pair.Prediction, Predictions, "--prediction-labels");

    private LabelRuns Read(string path, FileIds? told, string option)
    {
        using var file = VolumeFile.OpenLabels(path);
        var grid = file.Geometry;
        var map = Table is null ? null : (told ?? new FileIds(IsOwn(path) ? null : Table)).Table;
        var labels = new LabelRuns(grid);
        var slice = new LabelVolume(new Geometry(1, grid.Height, grid.Width, grid.Affine));
        for (var z = 0; z < grid.Depth; z++)
        {
            file.Read(slice.Voxels);
            labels.Set(z, map is null ? slice.Voxels : Mapped(slice, map, path).Voxels);
        }
        if (Table is not null && map is null)
        {
            RequireClassIds(labels, path, Table, option);
        }
        return labels;
    }

    private static LabelVolume Mapped(LabelVolume slice, LabelTable table, string path)
    {
        try
        {
            return table.Map(slice, path);
        }
        catch (LabelTableException)
        {
            // Tells of every unknown id of the file, not of those of one slice.
            _ = table.Map(VolumeFile.ReadLabels(path), path);
            throw;
        }
    }

    private static bool IsOwn(string path) => VolumeFile.Identify(path).Description.StartsWith(OwnDescription, StringComparison.Ordinal);

    private static void RequireClassIds(LabelRuns labels, string path, LabelTable table, string option)
    {
        var unknown = labels.Labels.Where(id => id > table.ClassCount).Order().ToArray();
        if (unknown.Length > 0)
        {
            throw new CommandFailedException($"{path} counts as written in class ids 0..{table.ClassCount} of the table '{table.Name}', but it holds {string.Join(", ", unknown.Take(20))}. "
                + $"Say what its ids mean with {option}.");
        }
    }
}
