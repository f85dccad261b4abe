using System.Globalization;
using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Tells of a running trial: <c>log.txt</c>, <c>progress.json</c>, and whoever listens.</summary>
internal sealed class TrialObserver : ITrainingObserver, IDisposable
{
    private readonly TrialFolder _folder;
    private readonly IProgress<TrialProgress>? _progress;
    private readonly StreamWriter _log;
    private readonly int _epochs;
    private TrialProgress? _told;
    private double? _best;

    public TrialObserver(TrialFolder folder, TrialSpec spec, IProgress<TrialProgress>? progress)
    {
        (_folder, _progress, _epochs) = (folder, progress, spec.UntilEpoch ?? spec.Run.Training.Epochs);
        _log = new StreamWriter(folder.LogPath, append: true) { NewLine = "\n", AutoFlush = true };
        _best = TrialCurve.Best(TrialCurve.Read(folder.RunPath))?.Dice;
        Log($"Trial {spec.TrialId.ToString(CultureInfo.InvariantCulture)}, seed {spec.Seed.ToString(CultureInfo.InvariantCulture)}: {spec.Parameter}");
    }

    /// <summary>A line in the log that those who listen hear too.</summary>
    public void Tell(string note)
    {
        Log(note);
        _progress?.Report((_told ?? new(0, _epochs, _best)) with { Note = note });
    }

    /// <summary>What was done so far is done again.</summary>
    public void StartOver() => (_told, _best) = (null, null);

    /// <inheritdoc/>
    public void Note(string text) => Log(text);

    /// <inheritdoc/>
    public void Warn(string text) => Log("warning: " + text);

    /// <inheritdoc/>
    public void Reading(int done, int total)
    {
        // Takes seconds, and is in no file that anybody watches.
    }

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        if (value.ValidationDice is { } dice)
        {
            _best = Math.Max(dice, _best ?? 0);
            Log(string.Create(CultureInfo.InvariantCulture, $"epoch {value.Epoch}/{value.Epochs}: loss {value.Losses.Total:0.0000}, validation Dice {dice:0.0000}{(value.IsBest ? ", the best so far" : "")}"));
        }
        // A step belongs to an epoch that is not done yet.
        var now = new TrialProgress(value.ValidationDice is null ? value.Epoch - 1 : value.Epoch, _epochs, _best);
        if (now != _told)
        {
            _told = now;
            _folder.Write(now);
            _progress?.Report(now);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    private void Log(string text) => _log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd'T'HH:mm:ss'Z'} {text}"));
}
