namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Gives many candidates few epochs, and the best of them more: all candidates of a rung are trained as far as it goes, then the best one in <see cref="SuccessiveHalvingOptions.Eta"/>
/// go on from where they were, until those of the last rung have done the whole training.</summary>
/// <remarks>Synchronous: a rung begins when the one before has all of its results, so that the trials are the same in whatever order results come. Of equal candidates the earlier one is
/// better; candidates that failed drop out. Successive halving is by Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", AISTATS 2016.</remarks>
public sealed class SuccessiveHalvingTuner : ITuner
{
    private const long MostCandidates = 100_000;
    private readonly int _eta;
    private readonly List<Parameter> _points;
    private readonly Dictionary<Parameter, double> _results = [];
    private List<int> _waiting;
    private int _next;
    private int _rung;

    /// <summary>A tuner at its first rung.</summary>
    /// <param name="space">The space that candidates are taken from.</param>
    /// <param name="options">How to choose them and to share out epochs.</param>
    /// <exception cref="SearchSpaceException">The space cannot be searched, or its grid has more than 100,000 points; lists every fault.</exception>
    /// <exception cref="ArgumentException">Lists every option that is out of range.</exception>
    public SuccessiveHalvingTuner(SearchSpace space, SuccessiveHalvingOptions options)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        space.Validate();
        _eta = options.Eta;
        _points = Candidates(space, options);
        _waiting = [.. Enumerable.Range(0, _points.Count)];
        Rungs = HalvingRung.Plan(_points.Count, options);
    }

    /// <summary>What is planned: how many candidates get how far, if none fails.</summary>
    public IReadOnlyList<HalvingRung> Rungs { get; }

    /// <inheritdoc/>
    public Parameter? Propose(TrialSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (_rung == Rungs.Count || _next == _waiting.Count)
        {
            return null;
        }
        settings.UntilEpoch = Rungs[_rung].UntilEpoch;
        return _points[_waiting[_next++]];
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The result is of a point that was not proposed for this rung, or had a result already.</exception>
    public void Update(TrialResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var settings = result.TrialSettings;
        if (_rung == Rungs.Count || settings.UntilEpoch != Rungs[_rung].UntilEpoch || !_waiting.Take(_next).Any(index => _points[index].Equals(settings.Parameter))
            || !_results.TryAdd(settings.Parameter, result.Metric))
        {
            throw new ArgumentException($"The result of trial {settings.TrialId} ({settings.Parameter}, {(settings.UntilEpoch is { } epoch ? $"until epoch {epoch}" : "all epochs")}) is none that successive halving waits for.", nameof(result));
        }
        if (_results.Count == _waiting.Count)
        {
            NextRung();
        }
    }

    private void NextRung()
    {
        var kept = Math.Max(1, _waiting.Count / _eta);
        _waiting = [.. _waiting.Where(index => !double.IsNaN(_results[_points[index]])).OrderByDescending(index => _results[_points[index]]).ThenBy(index => index).Take(kept).Order()];
        _results.Clear();
        (_next, _rung) = (0, _rung + 1);
    }

    private static List<Parameter> Candidates(SearchSpace space, SuccessiveHalvingOptions options)
    {
        if (options.Candidates is not { } count)
        {
            return space.GridCount(options.GridStep) is { } points and <= MostCandidates
                ? [.. space.Grid(options.GridStep)]
                : throw new SearchSpaceException("The search space", [$"its grid has more than {MostCandidates} points; draw some of them by chance (Candidates), or take fewer values of the ranges (GridStep)"]);
        }
        RandomSearchTuner tuner = new(space, options.Seed, count);
        List<Parameter> drawn = [];
        while (tuner.Propose(new() { TrialId = drawn.Count, Parameter = Parameter.Empty }) is { } point)
        {
            drawn.Add(point);
        }
        return drawn;
    }
}
