namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>How much a sweep may do, and who hears of it.</summary>
public sealed record SweepEngineOptions
{
    /// <summary>Seeds: each point of the space becomes one trial per seed. A seed of null is the one that the pipeline or the training options have. Default: that one alone.</summary>
    public IReadOnlyList<long?> Seeds { get; init; } = [null];

    /// <summary>Points of the space that are tried at most, each with every seed. A point that goes on for more epochs counts once. Default null = as many as the tuner proposes.</summary>
    public int? MaxCandidates { get; init; }

    /// <summary>Time after which no trial is started and those that run are stopped; they keep what they did. Counted from <see cref="SweepEngine.RunAsync"/>, in a resumed sweep too. Default null = none.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Who hears of trials, one after the other. Default none.</summary>
    public IReadOnlyList<IMonitor> Monitors { get; init; } = [];

    /// <summary>Where the sweep is kept, so that it can be resumed. Default null = nowhere.</summary>
    public ISweepRecord? Record { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Lists every option that is out of range.</exception>
    public void Validate()
    {
        List<string> faults = [];
        if (Seeds.Count == 0 || Seeds.Distinct().Count() != Seeds.Count)
        {
            faults.Add($"Seeds must be one or more, each once, got {(Seeds.Count == 0 ? "none" : string.Join(", ", Seeds.Select(seed => seed?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null")))}.");
        }
        if (MaxCandidates is < 1)
        {
            faults.Add($"MaxCandidates must be at least 1, got {MaxCandidates}.");
        }
        if (TimeLimit is { } time && (time <= TimeSpan.Zero || time > s_longest))
        {
            faults.Add($"TimeLimit must be above 0 and at most {s_longest.TotalDays} days, got {time}.");
        }
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', faults));
        }
    }

    /// <summary>What a timer can wait for.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(49);
}
