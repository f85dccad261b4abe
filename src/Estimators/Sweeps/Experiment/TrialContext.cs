using Microsoft.ML;
using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>What a pipeline may know of the trial that it is built for: where to keep files, when to stop, whom to tell. <see cref="Apply"/> puts all of it into a trainer's options.</summary>
public sealed class TrialContext
{
    private readonly TrialSettings _settings;
    private readonly TrialProgressRelay _progress;
    private CancellationTokenSource? _linked;

    internal TrialContext(TrialSettings settings, string folder, int? fold, IDataView trainSet, IDataView validationSet, CancellationToken cancellationToken)
    {
        (_settings, Folder, Fold, TrainSet, ValidationSet, CancellationToken) = (settings, folder, fold, trainSet, validationSet, cancellationToken);
        _progress = new(settings);
    }

    /// <summary>Number of the trial, from 0.</summary>
    public int TrialId => _settings.TrialId;

    /// <summary>The point of the search space, whose values the search class has.</summary>
    public Parameter Parameter => _settings.Parameter;

    /// <summary>The seed, with <see cref="SegmentationExperiment.SetSeeds"/>; null = the pipeline's own.</summary>
    public long? Seed => _settings.Seed;

    /// <summary>Number of the fold, from 0; null without folds.</summary>
    public int? Fold { get; }

    /// <summary>A folder of this trial (and fold) alone. Checkpoints in it are there when the trial goes on. It is made by who writes to it; without
    /// <see cref="SegmentationExperiment.SetCheckpoint"/> it is deleted at the end of the run.</summary>
    public string Folder { get; }

    /// <summary>Epochs after which the trial is to stop for now, counted from its first; null = all.</summary>
    public int? UntilEpoch
    {
        get
        {
            Followed = true;
            return _settings.UntilEpoch;
        }
    }

    /// <summary>The rows that the pipeline will be fitted on.</summary>
    public IDataView TrainSet { get; }

    /// <summary>The rows that the trial is scored on, before any transform. A trainer that validates on them keeps its best weights; give it what the transforms before it make of them.</summary>
    public IDataView ValidationSet { get; }

    /// <summary>Hears of a trainer's steps and epochs, and tells the monitors.</summary>
    public IProgress<TrainingProgress> Progress => _progress;

    /// <summary>Cancelled when the experiment is, or its time is up.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>Whether the pipeline asked how far to train: one that does not cannot stop early.</summary>
    internal bool Followed { get; private set; }

    /// <summary>The epochs that successive halving shares out; null without it.</summary>
    internal int? SharedEpochs { get; init; }

    /// <summary>Whether to train with half the batch, because memory ran out.</summary>
    internal bool HalveBatch { get; init; }

    /// <summary>Whether the batch of the options that were given to <see cref="Apply"/> can be halved; null before.</summary>
    internal bool? CanHalve { get; private set; }

    /// <summary>Options with everything that the trial says: its folder, going on from what is in it, the epoch to stop after, the seed, progress and cancellation. What the options had of
    /// <c>OutputFolder</c>, <c>Resume</c> and <c>UntilEpoch</c> is replaced; their own progress and token are kept beside the trial's.</summary>
    /// <param name="options">What to train, with the values of the search class.</param>
    /// <exception cref="ArgumentException">Successive halving shares out another number of epochs than the options train for.</exception>
    public SamLoraSegmentationTrainer.Options Apply(SamLoraSegmentationTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (SharedEpochs is { } shared && shared != options.Training.Epochs)
        {
            throw new ArgumentException($"successive halving shares out {shared} epochs and the trainer's options have {options.Training.Epochs}; give both the same number");
        }
        CanHalve = MemoryShortage.CanHalve(options.Training);
        var training = HalveBatch ? MemoryShortage.Halve(options.Training) : options.Training;
        return options with
        {
            Training = Seed is { } seed ? training with { Seed = seed } : training,
            OutputFolder = Folder,
            Resume = RunFolder.HoldsRun(Folder),
            UntilEpoch = UntilEpoch < training.Epochs ? UntilEpoch : null,
            Progress = _progress.With(options.Progress),
            CancellationToken = Joined(options.CancellationToken),
        };
    }

    /// <summary>Lets go of the token of the options.</summary>
    internal void Release() => _linked?.Dispose();

    private CancellationToken Joined(CancellationToken other)
    {
        if (!other.CanBeCanceled)
        {
            return CancellationToken;
        }
        _linked?.Dispose();
        _linked = CancellationTokenSource.CreateLinkedTokenSource(other, CancellationToken);
        return _linked.Token;
    }
}
