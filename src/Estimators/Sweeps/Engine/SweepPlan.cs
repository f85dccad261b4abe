namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Turns what a tuner proposes into numbered trials, and what came of them into what a tuner hears.</summary>
internal sealed class SweepPlan(ITuner tuner, IReadOnlyList<long?> seeds, int? maxCandidates)
{
    /// <summary>Proposals without a new trial that are taken in a row. A random tuner that has seen its whole space would repeat itself for ever.</summary>
    private const int MostRepeats = 10_000;

    private readonly Dictionary<Parameter, CandidatePart> _candidates = [];
    private readonly List<TrialSlot> _trials = [];

    /// <summary>Every trial, in the order of their numbers.</summary>
    public IReadOnlyList<TrialSlot> Trials => _trials;

    /// <summary>The trials of the next point, or of one that goes on; null when the tuner has none for now.</summary>
    public IReadOnlyList<TrialSlot>? Next()
    {
        for (var repeats = 0; repeats < MostRepeats; repeats++)
        {
            var settings = new TrialSettings { TrialId = _candidates.Count * seeds.Count, Parameter = Parameter.Empty };
            if (tuner.Propose(settings) is not { } point)
            {
                return null;
            }
            if (!_candidates.TryGetValue(point, out var candidate))
            {
                if (maxCandidates is null || _candidates.Count < maxCandidates)
                {
                    return Begin(point, settings.UntilEpoch);
                }
                // A tuner of several rungs waits for all that it proposed: this one drops out.
                tuner.Update(new() { TrialSettings = settings with { Parameter = point }, Metric = double.NaN, DurationInMilliseconds = 0 });
            }
            else if (!candidate.Settled)
            {
                return null; // Proposed again while it runs.
            }
            else if (candidate.GoesOnTo(settings.UntilEpoch) && GoOn(candidate, settings.UntilEpoch) is { Count: > 0 } trials)
            {
                return trials;
            }
            else
            {
                tuner.Update(candidate.Mean() with { TrialSettings = settings with { Parameter = point } });
            }
        }
        return null;
    }

    /// <summary>A trial did its part or failed: the tuner hears of the point when it was the last of it.</summary>
    public void Settle(TrialSlot trial, TrialState state)
    {
        trial.State = state;
        var candidate = trial.Candidate;
        candidate.Open--;
        if (candidate.Settled)
        {
            tuner.Update(candidate.Mean());
        }
    }

    private List<TrialSlot> Begin(Parameter point, int? untilEpoch)
    {
        var candidate = new CandidatePart(_candidates.Count, point) { UntilEpoch = untilEpoch, Open = seeds.Count };
        for (var index = 0; index < seeds.Count; index++)
        {
            candidate.Trials.Add(new(candidate, new()
            {
                TrialId = (candidate.Number * seeds.Count) + index, Parameter = point, Seed = seeds[index], UntilEpoch = untilEpoch,
            }));
        }
        _candidates.Add(point, candidate);
        _trials.AddRange(candidate.Trials);
        return candidate.Trials;
    }

    private static List<TrialSlot> GoOn(CandidatePart candidate, int? untilEpoch)
    {
        List<TrialSlot> trials = [.. candidate.Trials.Where(trial => trial.State == TrialState.Paused)];
        candidate.UntilEpoch = untilEpoch;
        candidate.Open = trials.Count;
        foreach (var trial in trials)
        {
            trial.State = TrialState.Waiting;
            trial.Progress = null;
            trial.Settings = trial.Settings with { UntilEpoch = untilEpoch, StartedAtUtc = default, EndedAtUtc = null };
        }
        return trials;
    }
}
