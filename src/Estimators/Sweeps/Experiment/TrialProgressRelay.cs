using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>From the steps of a trainer to the epochs of a trial.</summary>
internal sealed class TrialProgressRelay(TrialSettings settings) : IProgress<TrainingProgress>
{
    private int _told = -1;
    private double? _best;

    public void Report(TrainingProgress value)
    {
        var done = value.ValidationDice is null ? value.Epoch - 1 : value.Epoch;
        if (value.ValidationDice is { } dice)
        {
            _best = Math.Max(_best ?? dice, dice);
        }
        else if (done == _told)
        {
            return; // A step within an epoch.
        }
        _told = done;
        settings.Progress?.Report(new(done, settings.UntilEpoch ?? value.Epochs, _best));
    }

    /// <summary>This relay, and another listener after it.</summary>
    public IProgress<TrainingProgress> With(IProgress<TrainingProgress>? other) => other is null ? this : new Both(this, other);

    private sealed class Both(IProgress<TrainingProgress> one, IProgress<TrainingProgress> other) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            one.Report(value);
            other.Report(value);
        }
    }
}
