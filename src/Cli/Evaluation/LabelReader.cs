using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Evaluation;

/// <summary>Reads predictions and references so that both hold class ids of one table.</summary>
/// <param name="Table">Meaning of the ids in the reference files; null takes ids as they are.</param>
/// <param name="PredictionTable">Meaning of the ids in the prediction files; null: class ids already where samed wrote the file, else <see cref="Table"/>.</param>
/// <param name="PredictionsAreClassIds">Whether every prediction holds class ids already.</param>
internal sealed record LabelReader(LabelTable? Table, LabelTable? PredictionTable = null, bool PredictionsAreClassIds = false)
{
    /// <summary>How the NIfTI description of a file that this program wrote begins.</summary>
    public const string OwnDescription = "SAMed.MLNet";

    /// <summary>What <c>--prediction-labels</c> calls class ids.</summary>
    public const string ClassIds = "classes";

    /// <summary>Whether <paramref name="prediction"/> is a file that cannot say who wrote it, and the table would read class ids as something else.</summary>
    public bool Guesses(string prediction) => Table is not null && PredictionTable is null && !PredictionsAreClassIds
        && Table.Classes.Any(entry => Table.FileIds.GetValueOrDefault(entry.Id) != entry.Id) && !VolumeFile.Identify(prediction).HasGeometry;

    /// <summary>Reference of a case.</summary>
    public LabelVolume ReadReference(CasePair pair)
    {
        var labels = VolumeFile.ReadLabels(pair.Reference);
        return Table is null ? labels : Table.Map(labels, pair.Reference);
    }

    /// <summary>Prediction of a case.</summary>
    /// <exception cref="CommandFailedException">A prediction said to hold class ids has others.</exception>
    public LabelVolume ReadPrediction(CasePair pair)
    {
        var labels = VolumeFile.ReadLabels(pair.Prediction);
        if (Table is null)
        {
            return labels;
        }
        if (PredictionTable is not null)
        {
            return PredictionTable.Map(labels, pair.Prediction);
        }
        if (!PredictionsAreClassIds && !VolumeFile.Identify(pair.Prediction).Description.StartsWith(OwnDescription, StringComparison.Ordinal))
        {
            return Table.Map(labels, pair.Prediction);
        }
        RequireClassIds(labels, pair.Prediction, Table);
        return labels;
    }

    private static void RequireClassIds(LabelVolume labels, string path, LabelTable table)
    {
        var unknown = labels.CountLabels().Keys.Where(id => id > table.ClassCount).ToArray();
        if (unknown.Length > 0)
        {
            throw new CommandFailedException($"{path} counts as written in class ids 0..{table.ClassCount} of the table '{table.Name}', but it holds {string.Join(", ", unknown.Take(20))}. "
                + "Say what its ids mean with --prediction-labels.");
        }
    }
}
