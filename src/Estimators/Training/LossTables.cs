using System.Globalization;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Training;

/// <summary><c>losses.csv</c>, a row per optimiser step, and <c>epochs.csv</c>, a row per epoch. Steps are 1-based, as in the reference's log.</summary>
internal sealed class LossTables(string folder, IReadOnlyList<string> classes) : IDisposable
{
    private readonly string _stepPath = Path.Combine(folder, "losses.csv");
    private readonly string _epochPath = Path.Combine(folder, "epochs.csv");
    private StreamWriter? _steps;
    private StreamWriter? _epochs;

    /// <summary>Opens both tables and cuts off what a killed run wrote after its last saved state.</summary>
    /// <param name="steps">Optimiser steps done in that state.</param>
    /// <param name="epochs">Epochs ended in that state.</param>
    public void Start(long steps, int epochs)
    {
        _steps = Open(_stepPath, ["step", "epoch", "loss", "loss_ce", "loss_dice", "learning_rate"], row => IsUpTo(row[0], steps));
        _epochs = Open(_epochPath, ["step", "epoch", "mean_loss", "validation_dice", .. classes.Select(ReportCsv.Quote)], row => IsUpTo(row[1], epochs));
    }

    public void AddStep(long step, int epoch, StepLosses losses, double learningRate) =>
        _steps?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{step + 1},{epoch + 1},{losses.Total:g9},{losses.CrossEntropy:g9},{losses.Dice:g9},{learningRate:r}"));

    public void AddEpoch(int epoch, long step, double meanLoss, double? validationDice, IReadOnlyList<double?>? perClass) =>
        _epochs?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{step},{epoch + 1},{meanLoss:g9},{validationDice:f6}") +
            string.Concat(classes.Select((_, index) => "," + perClass?[index]?.ToString("f6", CultureInfo.InvariantCulture))));

    public void Flush()
    {
        _steps?.Flush();
        _epochs?.Flush();
    }

    public void Dispose()
    {
        _steps?.Dispose();
        _epochs?.Dispose();
    }

    private static StreamWriter Open(string path, string[] columns, Func<string[], bool> isKept)
    {
        // A killed process leaves its last row cut anywhere, so that its first number may be the beginning of a longer one.
        var kept = File.Exists(path)
            ? File.ReadLines(path).Skip(1).TakeWhile(line => line.Split(',') is var row && row.Length == columns.Length && isKept(row))
            : [];
        var text = string.Concat(kept.Prepend(string.Join(',', columns)).Select(line => line + "\n"));
        AtomicFile.WriteText(path, text);
        return new StreamWriter(path, append: true) { NewLine = "\n" };
    }

    private static bool IsUpTo(string number, long last) =>
        long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= last;
}
