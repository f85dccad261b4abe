using Microsoft.ML;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Evaluation;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Sweeps;

public sealed partial class SegmentationExperiment
{
    private readonly List<IMonitor> _monitors = [];
    private ExperimentPipeline? _pipeline;
    private ExperimentData? _data;
    private ExperimentScoring _scoring = new(new(), null, null);
    private ExperimentTuner _tuner = ExperimentTuner.Grid(GridSearchTuner.DefaultStep);
    private ITrialRunner? _runner;
    private IReadOnlyList<long> _seeds = [];
    private int? _maxModels;
    private TimeSpan? _time;
    private string? _checkpoint;
    private LoadModelOptions? _load;

    /// <summary>The pipeline, trainer included, made of the values of a search class.</summary>
    /// <typeparam name="TSearch">A class with Microsoft.ML's <c>[Range]</c>, <c>[Choice]</c>, <c>[BooleanChoice]</c>, <c>[NestOption]</c> on what is searched; see <see cref="SearchSpace.Of{T}"/>.</typeparam>
    /// <param name="pipeline">Builds the pipeline in the trial's MLContext. It is called before any trial with every choice and the ends of every range, to find values that no pipeline can be built with.</param>
    /// <exception cref="SearchSpaceException">The class describes no space that can be searched; lists every fault.</exception>
    public SegmentationExperiment SetPipeline<TSearch>(Func<MLContext, TSearch, IEstimator<ITransformer>> pipeline)
        where TSearch : class, new()
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        _pipeline = ExperimentPipeline.Of<TSearch>((context, search, _) => pipeline(context, search), knowsTrial: false);
        return this;
    }

    /// <summary>As the other overload, for a pipeline that is told of its trial: needed by <see cref="SetSuccessiveHalvingTuner"/>, and to go on inside of a trial after an interruption.</summary>
    /// <typeparam name="TSearch">The search class.</typeparam>
    /// <param name="pipeline">Builds the pipeline; <see cref="TrialContext.Apply"/> makes the trainer's options the trial's.</param>
    /// <exception cref="SearchSpaceException">The class describes no space that can be searched; lists every fault.</exception>
    public SegmentationExperiment SetPipeline<TSearch>(Func<MLContext, TSearch, TrialContext, IEstimator<ITransformer>> pipeline)
        where TSearch : class, new()
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        _pipeline = ExperimentPipeline.Of(pipeline, knowsTrial: true);
        return this;
    }

    /// <summary>Rows to train on, and rows to score trials on: split them by case, <c>mlContext.Data.TrainTestSplitByCase</c>.</summary>
    public SegmentationExperiment SetDataset(IDataView train, IDataView validation)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        return Take(ExperimentData.Of(train, validation));
    }

    /// <summary>ML.NET's own split. It keeps cases apart only when it was made with their column as <c>samplingKeyColumnName</c>.</summary>
    public SegmentationExperiment SetDataset(DataOperationsCatalog.TrainTestData data) => SetDataset(data.TrainSet, data.TestSet);

    /// <summary>A split by case.</summary>
    public SegmentationExperiment SetDataset(CaseSplit data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return SetDataset(data.TrainSet, data.TestSet);
    }

    /// <summary>Every trial is a cross-validation: the metric is the mean over the folds, the model that of the best one. No case is in two folds.</summary>
    /// <param name="data">Slices of all cases.</param>
    /// <param name="folds">Number of folds, at least 2 and at most the number of cases.</param>
    /// <param name="caseColumnName">Name of the case, Text.</param>
    /// <param name="seed">Deals the cases out; null for the default of <c>CrossValidationSplitByCase</c>.</param>
    /// <exception cref="ArgumentException">There are fewer than two folds, fewer cases than folds, no rows, or a row without a case.</exception>
    /// <exception cref="Transforms.SchemaMismatchException">The column is missing or no text.</exception>
    public SegmentationExperiment SetDataset(IDataView data, int folds, string caseColumnName = "Case", long? seed = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Take(ExperimentData.Folds(_context, data, folds, caseColumnName, seed));
    }

    /// <summary>How trials are scored. Default: the columns of <c>LoadSlices</c> and the trainer, strict, in mm where the data have spacings, else without distances.</summary>
    /// <param name="columns">Names of the columns; null for the defaults.</param>
    /// <param name="options">Policy of empty masks, unit of distances, tolerance; null for the defaults.</param>
    /// <param name="classes">Names of the classes 1..C; null for those of the columns.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public SegmentationExperiment SetEvaluation(EvaluationColumns? columns = null, MetricOptions? options = null, IReadOnlyList<string>? classes = null)
    {
        options?.Validate();
        _scoring = new(columns ?? new(), options, classes);
        return this;
    }

    /// <summary>Time after which no trial is started and the one that runs is stopped. Default: none.</summary>
    public SegmentationExperiment SetTrainingTimeInSeconds(uint trainingTimeInSeconds)
    {
        ArgumentOutOfRangeException.ThrowIfZero(trainingTimeInSeconds);
        _time = TimeSpan.FromSeconds(trainingTimeInSeconds);
        return this;
    }

    /// <summary>Points of the space to try at most, each with every seed. Default: as many as the tuner has.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public SegmentationExperiment SetMaxModelToExplore(int maxModel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxModel, 1);
        _maxModels = maxModel;
        return this;
    }

    /// <summary>Every combination of values; the default.</summary>
    /// <param name="step">Values of each range, at least 1.</param>
    public SegmentationExperiment SetGridSearchTuner(int step = GridSearchTuner.DefaultStep)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        return Take(ExperimentTuner.Grid(step));
    }

    /// <summary>Points by chance. A space with ranges of real numbers has no end of them: set a number of models or a time too.</summary>
    /// <param name="seed">Decides the points; null = <see cref="Training.TrainingOptions.DefaultSeed"/>.</param>
    public SegmentationExperiment SetRandomSearchTuner(long? seed = null) => Take(ExperimentTuner.Random(seed));

    /// <summary>Many points for few epochs, the best of them longer, each from its checkpoint. The pipeline must be told of its trial (the other <c>SetPipeline</c>).</summary>
    /// <param name="options">How to share out epochs; <see cref="SuccessiveHalvingOptions.Epochs"/> is what the trainer's options have.</param>
    /// <exception cref="ArgumentException">Lists every option that is out of range.</exception>
    public SegmentationExperiment SetSuccessiveHalvingTuner(SuccessiveHalvingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return Take(ExperimentTuner.Halving(options));
    }

    /// <summary>A tuner of one's own.</summary>
    /// <param name="tuner">Makes it from the space, anew for every run.</param>
    public SegmentationExperiment SetTuner(Func<SearchSpace, ITuner> tuner)
    {
        ArgumentNullException.ThrowIfNull(tuner);
        return Take(ExperimentTuner.Of(tuner));
    }

    /// <summary>A runner of one's own in place of fitting the pipeline: trials are then what it makes of their parameters. The caller's to dispose.</summary>
    public SegmentationExperiment SetTrialRunner(ITrialRunner runner)
    {
        ArgumentNullException.ThrowIfNull(runner);
        _runner = runner;
        return this;
    }

    /// <summary>Somebody who hears of trials; called again it adds another one.</summary>
    public SegmentationExperiment SetMonitor(IMonitor monitor)
    {
        ArgumentNullException.ThrowIfNull(monitor);
        _monitors.Add(monitor);
        return this;
    }

    /// <summary>Seeds: each point of the space becomes one trial per seed. The seed is that of the trial's MLContext, so of every trainer whose options have none; <see cref="TrialContext.Apply"/>
    /// puts it into options that have one. Default: one trial, with a seed drawn from the MLContext's.</summary>
    /// <exception cref="ArgumentException">There are none, or one is there twice.</exception>
    public SegmentationExperiment SetSeeds(params long[] seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        if (seeds.Length == 0 || seeds.Distinct().Count() != seeds.Length)
        {
            throw new ArgumentException($"Seeds must be one or more, each once, got {(seeds.Length == 0 ? "none" : string.Join(", ", seeds))}.", nameof(seeds));
        }
        _seeds = [.. seeds];
        return this;
    }

    /// <summary>A folder to keep the experiment in. When it is there already, the experiment goes on: trials that are done are not run again, one that was interrupted goes on where its pipeline keeps
    /// checkpoints (<see cref="TrialContext.Apply"/>). It holds <c>trials.jsonl</c>, <c>trials.csv</c>, <c>summary.json</c>, and the best model as <c>best.zip</c>.</summary>
    /// <param name="folder">The folder; made when it is not there.</param>
    /// <param name="load">Where the best model's SAM checkpoint is when it is loaded again, and where to run it; null = beside the model or where the pipeline's trainer has it.</param>
    public SegmentationExperiment SetCheckpoint(string folder, LoadModelOptions? load = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        (_checkpoint, _load) = (folder, load);
        return this;
    }

    private SegmentationExperiment Take(ExperimentTuner tuner)
    {
        _tuner = tuner;
        return this;
    }

    private SegmentationExperiment Take(ExperimentData data)
    {
        _data = data;
        return this;
    }

    private void RequireComplete()
    {
        List<string> faults = [];
        if (_pipeline is null)
        {
            faults.Add("there is no pipeline (SetPipeline)");
        }
        if (_data is null && _runner is null)
        {
            faults.Add("there are no data (SetDataset)");
        }
        if (_tuner.SharedEpochs is not null && _runner is null && _pipeline is { KnowsTrial: false })
        {
            faults.Add("successive halving stops trials and lets them go on: use the SetPipeline whose function takes a TrialContext, and its Apply");
        }
        if (_tuner.IsEndless && _pipeline?.Space.Count is null && _maxModels is null && _time is null)
        {
            faults.Add("a random search of ranges has no end (SetMaxModelToExplore or SetTrainingTimeInSeconds)");
        }
        if (faults.Count > 0)
        {
            throw new InvalidOperationException($"The experiment cannot run: {string.Join("; ", faults)}.");
        }
    }
}
