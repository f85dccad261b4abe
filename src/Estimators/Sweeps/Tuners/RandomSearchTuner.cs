using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Proposes different points by chance, the space's <see cref="SearchSpace.Initial"/> first where it has one. It ends when it has proposed as many as it may, or all that there are.
/// What comes of them changes nothing.</summary>
public sealed class RandomSearchTuner : ITuner
{
    // A space whose numbers differ in no digit that is kept repeats itself for ever.
    private const int MostRepeats = 100_000;

    private readonly SearchSpace _space;
    private readonly long _seed;
    private readonly int? _count;
    private readonly HashSet<Parameter> _proposed = [];
    private int _draws;

    /// <summary>A tuner that has proposed nothing yet.</summary>
    /// <param name="space">The space.</param>
    /// <param name="seed">Decides the points; null = <see cref="TrainingOptions.DefaultSeed"/>.</param>
    /// <param name="count">Points at most; null = all, or without end where the space has none.</param>
    /// <exception cref="SearchSpaceException">The space cannot be searched; lists every fault.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public RandomSearchTuner(SearchSpace space, long? seed = null, int? count = null)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentOutOfRangeException.ThrowIfLessThan(count ?? 1, 1, nameof(count));
        space.Validate();
        (_space, _seed, _count) = (space, seed ?? TrainingOptions.DefaultSeed, count);
    }

    /// <inheritdoc/>
    public Parameter? Propose(TrialSettings settings)
    {
        if (_proposed.Count >= Math.Min(_count ?? long.MaxValue, _space.Count ?? long.MaxValue))
        {
            return null;
        }
        if (_proposed.Count == 0 && _space.Initial is { } initial)
        {
            _proposed.Add(initial);
            return initial;
        }
        for (var repeats = 0; repeats < MostRepeats; repeats++)
        {
            SampleRandom random = new(_seed, 0, _draws++);
            var point = _space.Sample(ref random);
            if (_proposed.Add(point))
            {
                return point;
            }
        }
        return null;
    }

    /// <inheritdoc/>
    public void Update(TrialResult result)
    {
    }
}
