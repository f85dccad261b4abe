using System.Globalization;
using System.Text;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary><c>trials.csv</c>: one row per trial, with a column per parameter. Figures that are not known are empty.</summary>
internal static class TrialTable
{
    /// <summary>Its name.</summary>
    public const string FileName = "trials.csv";

    public static string ToCsv(IReadOnlyList<TrialRecord> trials)
    {
        string[] names = [.. trials.SelectMany(trial => trial.Settings.Parameter.Keys).Distinct()];
        var text = new StringBuilder();
        Row(text, ["trial", "candidate", .. names, "seed", "state", "epochs", "until_epoch", "validation_dice", "best_epoch", "dice", "hd95_mm", "trainable_parameters", "seconds", "halved_batch", "error"]);
        foreach (var trial in trials)
        {
            var (settings, result) = (trial.Settings, trial.Result);
            Row(text,
            [
                settings.TrialId, trial.Candidate, .. names.Select(name => settings.Parameter.TryGetValue(name, out var value) ? value : null), settings.Seed, trial.State.ToString().ToLowerInvariant(),
                result?.Epochs ?? trial.Progress?.Epoch, settings.UntilEpoch, result?.Metric ?? trial.Progress?.Dice, result?.BestEpoch, result?.Scores?.Dice, result?.Scores?.Hd95Mm,
                result?.TrainableParameters, result is null ? null : Math.Round(result.DurationInMilliseconds / 1000, 3), result?.HalvedBatch, trial.Error,
            ]);
        }
        return text.ToString();
    }

    private static void Row(StringBuilder text, IEnumerable<object?> cells) => text.AppendJoin(',', cells.Select(Cell)).Append('\n');

    private static string Cell(object? value)
    {
        if (value is null or double.NaN)
        {
            return "";
        }
        var word = Parameter.Text(value);
        return word.AsSpan().IndexOfAny(",\"\n\r") < 0 ? word : $"\"{word.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
