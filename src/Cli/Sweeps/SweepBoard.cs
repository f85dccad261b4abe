using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Cli.Sweeps;

/// <summary>Where the trials of a sweep stand, for who shows it; may be read from any thread.</summary>
/// <param name="total">Trials of the sweep; null when unknown.</param>
/// <param name="epochs">Epochs of a whole trial.</param>
/// <param name="parallel">Trials at once.</param>
internal sealed class SweepBoard(long? total, int epochs, int parallel) : IMonitor
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, BoardRow> _rows = [];

    /// <summary>Epochs and seconds of what was trained since this sweep was started, so that what was known before does not count as quick.</summary>
    private (long Epochs, double Seconds) _trained;

    public long? Total => total;

    public int Done => Count(row => row.State is TrialState.Done or TrialState.Paused);

    public int Failed => Count(row => row.State == TrialState.Failed);

    /// <summary>A copy of every row, in the order of the trials' numbers.</summary>
    public IReadOnlyList<BoardRow> Rows()
    {
        lock (_lock)
        {
            return [.. _rows.Values];
        }
    }

    /// <summary>Estimated time to the end of all trials; null while nothing says how long an epoch takes. Successive halving stops most trials early, so it is given for none.</summary>
    public TimeSpan? TimeLeft()
    {
        lock (_lock)
        {
            var running = _rows.Values.Where(row => row.State == TrialState.Running).ToArray();
            var (done, seconds) = (_trained.Epochs + running.Sum(row => row.TrainedEpochs), _trained.Seconds + running.Where(row => row.TrainedEpochs > 0).Sum(row => row.Elapsed.TotalSeconds));
            if (total is not { } trials || done == 0 || _rows.Values.Any(row => row.UntilEpoch is not null))
            {
                return null;
            }
            var over = _rows.Values.Count(row => row.State is TrialState.Done or TrialState.Failed);
            var left = Math.Max(0, trials - over) * epochs - running.Sum(row => row.Progress?.Epoch ?? 0);
            return TimeSpan.FromSeconds(Math.Max(0, left) * seconds / done / Math.Max(1, Math.Min(parallel, trials - over)));
        }
    }

    public void ReportRunningTrial(TrialSettings settings) => Change(settings, row => row with { State = TrialState.Running, StartedAtUtc = settings.StartedAtUtc, Progress = null, FirstEpoch = null, Note = null });

    public void ReportProgress(TrialSettings settings, TrialProgress progress) => Change(settings, row => row with
    {
        Progress = progress with { Note = null }, Dice = progress.Dice ?? row.Dice, Note = progress.Note ?? row.Note,
        // A trial that goes on from a checkpoint has not done its earlier epochs now.
        FirstEpoch = row.FirstEpoch ?? Math.Max(0, progress.Epoch - 1),
    });

    public void ReportCompletedTrial(TrialResult result) => Change(result.TrialSettings, row =>
    {
        _trained = (_trained.Epochs + row.TrainedEpochs, _trained.Seconds + (row.TrainedEpochs > 0 ? row.Elapsed.TotalSeconds : 0));
        return row with
        {
            State = result.TrialSettings.UntilEpoch is null ? TrialState.Done : TrialState.Paused, Dice = double.IsFinite(result.Metric) ? result.Metric : null,
            Note = result.HalvedBatch ? "half the batch: memory ran out" : null, Took = TimeSpan.FromMilliseconds(result.DurationInMilliseconds),
        };
    });

    public void ReportBestTrial(TrialResult result)
    {
        lock (_lock)
        {
            foreach (var (id, row) in _rows.ToArray())
            {
                _rows[id] = row with { IsBest = id == result.TrialSettings.TrialId };
            }
        }
    }

    public void ReportFailTrial(TrialSettings settings, Exception exception) => Change(settings, row => row with { State = TrialState.Failed, Note = exception.Message });

    private int Count(Func<BoardRow, bool> which)
    {
        lock (_lock)
        {
            return _rows.Values.Count(which);
        }
    }

    private void Change(TrialSettings settings, Func<BoardRow, BoardRow> change)
    {
        lock (_lock)
        {
            var row = _rows.GetValueOrDefault(settings.TrialId) ?? new BoardRow { Trial = settings.TrialId, Parameter = settings.Parameter, Seed = settings.Seed };
            _rows[settings.TrialId] = change(row with { UntilEpoch = settings.UntilEpoch });
        }
    }
}

/// <summary>One trial.</summary>
internal sealed record BoardRow
{
    public required int Trial { get; init; }

    public required Parameter Parameter { get; init; }

    public required long? Seed { get; init; }

    public TrialState State { get; init; }

    public int? UntilEpoch { get; init; }

    public TrialProgress? Progress { get; init; }

    public double? Dice { get; init; }

    public string? Note { get; init; }

    public bool IsBest { get; init; }

    public DateTime StartedAtUtc { get; init; }

    /// <summary>Epochs that were done before this part began; null before it said anything.</summary>
    public int? FirstEpoch { get; init; }

    /// <summary>How long the trial took; null while it runs.</summary>
    public TimeSpan? Took { get; init; }

    public TimeSpan Elapsed => DateTime.UtcNow - StartedAtUtc;

    /// <summary>Epochs that were done in this part.</summary>
    public int TrainedEpochs => Progress is { } progress && FirstEpoch is { } first ? progress.Epoch - first : 0;

    /// <summary>Time to the end of this part; null while nothing says how long an epoch takes.</summary>
    public TimeSpan? TimeLeft => State == TrialState.Running && TrainedEpochs > 0 ? Elapsed / TrainedEpochs * Math.Max(0, Progress!.Epochs - Progress.Epoch) : null;
}
