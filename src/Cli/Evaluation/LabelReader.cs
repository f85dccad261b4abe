using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Evaluation;

/// <summary>What the ids in a set of label files mean.</summary>
/// <param name="Table">The table that maps them to class ids; null: they are class ids already.</param>
internal sealed record FileIds(LabelTable? Table);

/// <summary>Reads predictions and references so that both hold class ids of one table.</summary>
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

    /// <summary>Reference of a case.</summary>
    /// <exception cref="CommandFailedException">A reference that counts as written in class ids has others.</exception>
    public LabelVolume ReadReference(CasePair pair) => Read(pair.Reference, References, "--reference-labels");

    /// <summary>Prediction of a case.</summary>
    /// <exception cref="CommandFailedException">A prediction that counts as written in class ids has others.</exception>
    public LabelVolume ReadPrediction(CasePair pair) => Read(pair.Prediction, Predictions, "--prediction-labels");

    private LabelVolume Read(string path, FileIds? told, string option)
    {
        var labels = VolumeFile.ReadLabels(path);
        if (Table is null)
        {
            return labels;
        }
        var ids = told ?? new FileIds(IsOwn(path) ? null : Table);
        if (ids.Table is not null)
        {
            return ids.Table.Map(labels, path);
        }
        RequireClassIds(labels, path, Table, option);
        return labels;
    }

    private static bool IsOwn(string path) => VolumeFile.Identify(path).Description.StartsWith(OwnDescription, StringComparison.Ordinal);

    private static void RequireClassIds(LabelVolume labels, string path, LabelTable table, string option)
    {
        var unknown = labels.CountLabels().Keys.Where(id => id > table.ClassCount).ToArray();
        if (unknown.Length > 0)
        {
            throw new CommandFailedException($"{path} counts as written in class ids 0..{table.ClassCount} of the table '{table.Name}', but it holds {string.Join(", ", unknown.Take(20))}. "
                + $"Say what its ids mean with {option}.");
        }
    }
}
