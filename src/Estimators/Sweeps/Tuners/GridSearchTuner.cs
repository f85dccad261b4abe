namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Proposes every point of a grid once, in the order of <see cref="SearchSpace.Grid"/>. What comes of them changes nothing.</summary>
public sealed class GridSearchTuner : ITuner
{
    /// <summary>Values of each range where nothing else is said.</summary>
    public const int DefaultStep = 10;

    private readonly IEnumerator<Parameter> _points;

    /// <summary>A tuner that is at the grid's first point.</summary>
    /// <param name="space">The space.</param>
    /// <param name="step">Values of each range, at least 1; choices are all tried.</param>
    /// <exception cref="SearchSpaceException">The space cannot be searched; lists every fault.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is below 1.</exception>
    public GridSearchTuner(SearchSpace space, int step = DefaultStep)
    {
        ArgumentNullException.ThrowIfNull(space);
        space.Validate();
        _points = space.Grid(step).GetEnumerator();
    }

    /// <inheritdoc/>
    public Parameter? Propose(TrialSettings settings) => _points.MoveNext() ? _points.Current : null;

    /// <inheritdoc/>
    public void Update(TrialResult result)
    {
    }
}
