using System.Globalization;
using System.Threading.Channels;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Runs a sweep: asks the tuner for points, keeps the runner full, tells tuner, record and monitors what came of it. Trials are numbered in the order in which points are proposed,
/// <c>number of the point × number of seeds + index of the seed</c>, so the same sweep has the same trials on every runner and when it is resumed.</summary>
/// <param name="tuner">Chooses points.</param>
/// <param name="runner">Does trials; the caller's to dispose.</param>
/// <param name="options">Seeds, limits, listeners.</param>
public sealed class SweepEngine(ITuner tuner, ITrialRunner runner, SweepEngineOptions options)
{
    private readonly SweepPlan _plan = new(tuner, options.Seeds, options.MaxCandidates);
    private readonly Queue<TrialSlot> _waiting = [];
    private readonly Dictionary<int, Task> _running = [];
    private readonly Channel<Action> _news = Channel.CreateUnbounded<Action>(new() { SingleReader = true });
    private TrialResult? _best;

    /// <summary>Runs the sweep. Cancellation stops the trials that run and returns when they have saved. A trial that fails does not stop the rest.
    /// Trials that the record has results of are not run again; those that failed before are. May be called once.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="SweepFolderException">The record holds trials of another sweep.</exception>
    /// <exception cref="Exception">Trials cannot be run at all, or a monitor threw; trials under way have been stopped.</exception>
    public async Task<SweepOutcome> RunAsync(CancellationToken cancellationToken = default)
    {
        options.Validate();
        await runner.PrepareAsync(cancellationToken).ConfigureAwait(false);
        if (runner.MaxParallel < 1)
        {
            throw new InvalidOperationException($"A runner must take at least 1 trial at a time; {runner.GetType().Name} takes {runner.MaxParallel}.");
        }
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (options.TimeLimit is { } limit)
        {
            stop.CancelAfter(limit);
        }
        try
        {
            await LoopAsync(stop.Token).ConfigureAwait(false);
        }
        catch
        {
            // Nobody is left to hear of the trials that run; they save and end before the caller goes on.
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(_running.Values).ConfigureAwait(false);
            throw;
        }
        return End(cancellationToken, stop.Token);
    }

    private async Task LoopAsync(CancellationToken stop)
    {
        for (Fill(stop); _running.Count > 0; Fill(stop))
        {
            await _news.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false);
            while (_news.Reader.TryRead(out var tell))
            {
                tell();
            }
        }
    }

    private SweepOutcome End(CancellationToken cancellation, CancellationToken stop)
    {
        // A stop that came when all was done has stopped nothing.
        var stopped = stop.IsCancellationRequested && (_plan.Trials.Any(trial => trial.State is TrialState.Interrupted or TrialState.Waiting) || _plan.Next() is not null);
        var end = !stopped ? SweepEnd.Completed : cancellation.IsCancellationRequested ? SweepEnd.Interrupted : SweepEnd.TimeIsUp;
        options.Record?.Write(new() { Event = SweepEventKind.Ended, Note = end.ToString() });
        TrialRecord[] trials = Records();
        options.Record?.Save(trials, last: true);
        return new() { End = end, Trials = trials, Best = _best };
    }

    private TrialRecord[] Records() => [.. _plan.Trials.Select(trial => trial.ToRecord())];

    /// <summary>Starts what may be started.</summary>
    private void Fill(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && _running.Count < runner.MaxParallel)
        {
            if (_waiting.TryDequeue(out var trial))
            {
                Start(trial, stop);
            }
            else if (_plan.Next() is { } trials)
            {
                // A copy: what is known already may let the plan go on while it is gone through.
                foreach (var next in trials.ToArray())
                {
                    TakeOrWait(next);
                }
            }
            else
            {
                return;
            }
        }
    }

    private void TakeOrWait(TrialSlot trial)
    {
        if (options.Record?.Find(trial.Settings) is not { } known)
        {
            _waiting.Enqueue(trial);
            return;
        }
        Complete(trial, known with { TrialSettings = trial.Settings with { StartedAtUtc = known.TrialSettings.StartedAtUtc, EndedAtUtc = known.TrialSettings.EndedAtUtc } });
    }

    private void Start(TrialSlot trial, CancellationToken stop)
    {
        trial.State = TrialState.Running;
        trial.Settings = trial.Settings with { StartedAtUtc = DateTime.UtcNow, Progress = new Relay(progress => _news.Writer.TryWrite(() => Hear(trial, progress))) };
        var settings = trial.Settings;
        Write(SweepEvent.Of(SweepEventKind.TrialStarted, settings));
        Tell(monitor => monitor.ReportRunningTrial(settings));
        _running[settings.TrialId] = Task.Run(() => TryAsync(trial, settings, stop), CancellationToken.None);
    }

    /// <summary>Never throws: what came of the trial arrives as news.</summary>
    private async Task TryAsync(TrialSlot trial, TrialSettings settings, CancellationToken stop)
    {
        Action news;
        try
        {
            var result = await runner.RunAsync(settings, stop).ConfigureAwait(false);
            news = () => Complete(trial, result with { TrialSettings = settings with { EndedAtUtc = DateTime.UtcNow, Progress = null } });
        }
        catch (TrialFailedException fault)
        {
            news = () => Fail(trial, fault);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            news = () => Interrupt(trial);
        }
        // Not a fault of this trial: it ends the sweep, on the thread that runs it.
        catch (Exception fault)
        {
            news = () => System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
        }
        _news.Writer.TryWrite(() =>
        {
            _running.Remove(settings.TrialId);
            news();
        });
    }

    private void Hear(TrialSlot trial, TrialProgress progress)
    {
        if (trial.State != TrialState.Running)
        {
            return; // Late news of a trial that is over.
        }
        trial.Progress = progress;
        if (progress.Note is { } note)
        {
            Write(SweepEvent.Of(SweepEventKind.TrialNote, trial.Settings) with { Note = note });
        }
        Tell(monitor => monitor.ReportProgress(trial.Settings, progress));
    }

    private void Complete(TrialSlot trial, TrialResult result)
    {
        trial.Settings = result.TrialSettings;
        trial.Result = result with { Model = null };
        Write(SweepEvent.Of(SweepEventKind.TrialCompleted, trial.Settings) with { Result = trial.Result });
        _plan.Settle(trial, trial.Settings.UntilEpoch is null ? TrialState.Done : TrialState.Paused);
        Tell(monitor => monitor.ReportCompletedTrial(result));
        Rank(result);
        Save();
    }

    /// <summary>Only the best result keeps its model. Of equal ones the first trial counts, whichever ended first; the best one stays the best when it went on in vain.</summary>
    private void Rank(TrialResult result)
    {
        if (double.IsFinite(result.Metric) && (_best is null || result.Metric > _best.Metric || (result.Metric == _best.Metric && result.TrialSettings.TrialId <= _best.TrialSettings.TrialId)))
        {
            DisposeModel(_best, except: result);
            _best = result;
            Tell(monitor => monitor.ReportBestTrial(result));
        }
        else
        {
            DisposeModel(result, except: _best);
        }
    }

    private static void DisposeModel(TrialResult? result, TrialResult? except)
    {
        if (result?.Model is IDisposable model && !ReferenceEquals(model, except?.Model))
        {
            model.Dispose();
        }
    }

    private void Fail(TrialSlot trial, TrialFailedException fault)
    {
        trial.Settings = trial.Settings with { EndedAtUtc = DateTime.UtcNow, Progress = null };
        trial.Error = fault.Message;
        Write(SweepEvent.Of(SweepEventKind.TrialFailed, trial.Settings) with { Error = fault.Message });
        _plan.Settle(trial, TrialState.Failed);
        Tell(monitor => monitor.ReportFailTrial(trial.Settings, fault));
        Save();
    }

    private void Interrupt(TrialSlot trial)
    {
        trial.State = TrialState.Interrupted;
        trial.Settings = trial.Settings with { EndedAtUtc = DateTime.UtcNow, Progress = null };
        Write(SweepEvent.Of(SweepEventKind.TrialInterrupted, trial.Settings));
        Save();
    }

    private void Write(SweepEvent entry) => options.Record?.Write(entry);

    private void Save() => options.Record?.Save(Records(), last: false);

    private void Tell(Action<IMonitor> what)
    {
        foreach (var monitor in options.Monitors)
        {
            what(monitor);
        }
    }

    private sealed class Relay(Action<TrialProgress> hear) : IProgress<TrialProgress>
    {
        public void Report(TrialProgress value) => hear(value);
    }
}
