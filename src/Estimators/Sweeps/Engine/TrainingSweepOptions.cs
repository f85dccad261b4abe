using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>How the points of a space are chosen.</summary>
public enum SweepSearch
{
    /// <summary>Every combination, see <see cref="GridSearchTuner"/>.</summary>
    Grid,

    /// <summary>Points by chance, see <see cref="RandomSearchTuner"/>.</summary>
    Random,

    /// <summary>Many points for few epochs, the best of them longer, see <see cref="SuccessiveHalvingTuner"/>.</summary>
    Halving,
}

/// <summary>A sweep over training runs: what all trials have in common, and what differs.</summary>
public sealed record TrainingSweepOptions
{
    /// <summary>Points of a random search where nothing else is said and the space has no end.</summary>
    public const int DefaultRandomCandidates = 20;

    /// <summary>What all trials have in common. Its output is the sweep's folder; its own seed decides the split into training and validation, which is the same for all trials.</summary>
    public required TrainingRunOptions Run { get; init; }

    /// <summary>What differs, by the names of <see cref="TrialParameters"/>.</summary>
    public required SearchSpace Space { get; init; }

    /// <summary>Seeds that each point is trained with. Default null = the run's own alone.</summary>
    public IReadOnlyList<long>? Seeds { get; init; }

    /// <summary>How points are chosen. Default <see cref="SweepSearch.Grid"/>.</summary>
    public SweepSearch Search { get; init; } = SweepSearch.Grid;

    /// <summary>Points at most. Default null = the whole grid; of a random search all points of a space of choices, else <see cref="DefaultRandomCandidates"/>.</summary>
    public int? Candidates { get; init; }

    /// <summary>Values of each range in a grid. Default <see cref="GridSearchTuner.DefaultStep"/>.</summary>
    public int GridStep { get; init; } = GridSearchTuner.DefaultStep;

    /// <summary>Of successive halving: the best one in so many goes on. Default 3.</summary>
    public int Eta { get; init; } = 3;

    /// <summary>Of successive halving: epochs of the first rung. Default null = so many that about one point is left for all epochs.</summary>
    public int? FirstEpochs { get; init; }

    /// <summary>Seeds, the default resolved.</summary>
    public IReadOnlyList<long> ResolvedSeeds => Seeds ?? [Run.Training.ResolvedSeed];

    /// <summary>Points of the space that are tried at most; null where nothing limits them.</summary>
    public int? ResolvedCandidates => Candidates ?? (Search == SweepSearch.Random && Space.Count is null ? DefaultRandomCandidates : null);
}
