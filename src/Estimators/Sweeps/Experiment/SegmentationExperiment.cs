using Microsoft.Data.Analysis;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Searches the values of a pipeline: obtained by <c>mlContext.Segmentation().CreateExperiment()</c>. The names are those of Microsoft.ML.AutoML.</summary>
/// <remarks>Trials run in this process, one after the other. Each fits the pipeline of one point of the space and scores it on the rows set aside, as <c>Evaluate</c> does: the metric is the mean Dice,
/// higher is better. The best model is kept, the others are disposed. Every trial gets an MLContext of its own with the devices and listeners of the experiment's, whose seed is the trial's: trials
/// do not depend on each other. Cancellation, and the end of the time, stop the trial that runs.</remarks>
public sealed partial class SegmentationExperiment
{
    private readonly MLContext _context;
    private readonly long _baseSeed;
    private SweepOutcome? _outcome;

    internal SegmentationExperiment(MLContext context)
    {
        _context = context;
        _baseSeed = ((IHostEnvironment)context).Register(nameof(SegmentationExperiment)).Rand.Next();
    }

    /// <summary>What came of the last run, failures too.</summary>
    /// <exception cref="InvalidOperationException">There was none.</exception>
    public SweepOutcome Outcome => _outcome ?? throw new InvalidOperationException("The experiment has not been run.");

    /// <summary>The trials of the last run that were done, in the order of their numbers. Only the best one, which <see cref="Run"/> gives, has its model.</summary>
    /// <exception cref="InvalidOperationException">There was none.</exception>
    public IReadOnlyList<TrialResult> Results => [.. Outcome.Results];

    /// <summary>Runs the experiment.</summary>
    /// <returns>The best trial, its model with it: the caller's to dispose. The model is null only where a trial runner of one's own gives none.</returns>
    /// <exception cref="InvalidOperationException">Something is not set that it needs; lists all of it. Or rows that cannot be scored.</exception>
    /// <exception cref="SearchSpaceException">The search class describes no space, or a pipeline cannot be built with one of its values.</exception>
    /// <exception cref="Transforms.SchemaMismatchException">A column is missing or of another type.</exception>
    /// <exception cref="SweepFolderException">The checkpoint's folder holds another experiment, or another process runs it.</exception>
    /// <exception cref="TrialFailedException">Every trial failed; the message has their errors.</exception>
    /// <exception cref="TimeoutException">The time was up before a trial was done.</exception>
    public TrialResult Run() => RunAsync().GetAwaiter().GetResult();

    /// <summary>As <see cref="Run"/>. When it is cancelled it gives the best trial so far; with a checkpoint it can go on later.</summary>
    /// <param name="cancellationToken">Ends the experiment, and the trial that runs.</param>
    /// <exception cref="OperationCanceledException">It was cancelled before a trial was done.</exception>
    public async Task<TrialResult> RunAsync(CancellationToken cancellationToken = default)
    {
        RequireComplete();
        cancellationToken.ThrowIfCancellationRequested();
        var tuner = _tuner.Create(_pipeline?.Space ?? new([]), _maxModels);
        using ExperimentFolder folder = new(_context, _checkpoint, _load);
        var plan = _runner is null ? Plan() : null;
        plan?.Check(folder, cancellationToken);
        using var record = _checkpoint is null ? null : SweepFolder.Open(_checkpoint, Definition(), resume: true);
        using var own = plan is null ? null : new FittingTrialRunner(plan, folder);
        SweepEngine engine = new(tuner, _runner ?? own!, new()
        {
            Seeds = _seeds.Count == 0 ? [null] : [.. _seeds.Select(seed => (long?)seed)],
            MaxCandidates = _maxModels,
            TimeLimit = _time,
            Monitors = [folder, .. _monitors],
            Record = record,
        });
        _outcome = await engine.RunAsync(cancellationToken).ConfigureAwait(false);
        if (_outcome.Best is { } best)
        {
            best = plan is null ? best : folder.Finish(best, point => plan.TrainerOf(point, folder));
            _outcome = _outcome with { Best = best };
            return best;
        }
        throw NothingDone(_outcome, cancellationToken);
    }

    /// <summary>One row per trial of the last run: its number, the point's number and values, seed, state, epochs, metric, scores, trained numbers, seconds, error.</summary>
    /// <exception cref="InvalidOperationException">There was none.</exception>
    public DataFrame ToDataFrame() => TrialFrame.Of(Outcome.Trials);

    private ExperimentPlan Plan() => new(_context, _pipeline!, _data!, _scoring)
    {
        BaseSeed = _baseSeed,
        SharedEpochs = _tuner.SharedEpochs,
    };

    /// <summary>What makes two experiments the same one; how long and how often is not part of it.</summary>
    private SweepDefinition Definition() => SweepDefinition.Of(new
    {
        Kind = "experiment",
        SearchClass = _pipeline?.Name,
        Space = _pipeline?.Space,
        Tuner = _tuner.Description,
        Seeds = _seeds,
        Folds = _runner is null && _data! is { HasFolds: true, Parts.Count: var folds } ? folds : (int?)null,
        Cases = _runner is null ? _data!.Describe(_scoring.Columns.Case) : null,
        Scoring = new { _scoring.Columns, _scoring.Options, _scoring.Classes },
    });

    private Exception NothingDone(SweepOutcome outcome, CancellationToken cancellation) => outcome.End switch
    {
        SweepEnd.Interrupted => new OperationCanceledException("The experiment was cancelled before a trial was done.", cancellation),
        SweepEnd.TimeIsUp => new TimeoutException($"No trial was done in {_time!.Value.TotalSeconds} s: give the experiment more time (SetTrainingTimeInSeconds)."),
        _ => new TrialFailedException($"None of {outcome.Trials.Count} trials gave a score.{string.Concat(outcome.Summary.Failures.Take(10).Select(failure => $"{Environment.NewLine}  trial {failure.Trial} ({failure.Parameter}): {failure.Error}"))}"),
    };
}
