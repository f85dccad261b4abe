using Microsoft.Data.Analysis;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Trials as a data frame: one row per trial, with a column per dimension of the space. What is not known is null.</summary>
internal static class TrialFrame
{
    public static DataFrame Of(IReadOnlyList<TrialRecord> trials) => new(
    [
        new Int32DataFrameColumn("Trial", trials.Select(trial => trial.Settings.TrialId)),
        new Int32DataFrameColumn("Candidate", trials.Select(trial => trial.Candidate)),
        .. trials.SelectMany(trial => trial.Settings.Parameter.Keys).Distinct().Select(name => Column(name, [.. trials.Select(trial => trial.Settings.Parameter.GetValueOrDefault(name))])),
        new Int64DataFrameColumn("Seed", trials.Select(trial => trial.Settings.Seed)),
        new StringDataFrameColumn("State", trials.Select(trial => trial.State.ToString())),
        new Int32DataFrameColumn("Epochs", trials.Select(trial => trial.Result?.Epochs)),
        new DoubleDataFrameColumn("Metric", trials.Select(trial => trial.Result is { Metric: var metric } && double.IsFinite(metric) ? metric : (double?)null)),
        new DoubleDataFrameColumn("Dice", trials.Select(trial => trial.Result?.Scores?.Dice)),
        new DoubleDataFrameColumn("Hd95Mm", trials.Select(trial => trial.Result?.Scores?.Hd95Mm)),
        new Int64DataFrameColumn("TrainableParameters", trials.Select(trial => trial.Result?.TrainableParameters)),
        new DoubleDataFrameColumn("Seconds", trials.Select(trial => trial.Result?.DurationInMilliseconds / 1000)),
        new StringDataFrameColumn("Error", trials.Select(trial => trial.Error)),
    ]);

    /// <summary>A column of the values' own type; of their texts where a dimension has several.</summary>
    private static DataFrameColumn Column(string name, IReadOnlyList<object?> values) => values.All(value => value is long or null) ? new Int64DataFrameColumn(name, values.Select(value => (long?)value))
        : values.All(value => value is double or null) ? new DoubleDataFrameColumn(name, values.Select(value => (double?)value))
        : values.All(value => value is bool or null) ? new BooleanDataFrameColumn(name, values.Select(value => (bool?)value))
        : new StringDataFrameColumn(name, values.Select(value => value is null ? null : Parameter.Text(value)));
}
