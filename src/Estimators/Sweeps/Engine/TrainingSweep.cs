using System.Globalization;
using System.Text.Json.Nodes;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>A sweep over training runs that has been found good: its trials, its tuner, and what makes it this sweep and no other.</summary>
public sealed class TrainingSweep
{
    /// <summary>Points of which it is found out before the first trial whether they can be trained.</summary>
    private const int MostChecked = 10_000;

    /// <summary>What does not change what comes of a trial, or is no business of the sweep.</summary>
    private static readonly string[] s_free = ["output", "resume", "device", "preset"];

    private static readonly string[] s_freeOfTraining = ["devices", "workers", "checkpointing", "pictureEvery", "featureCache"];

    private readonly TrainingSweepOptions _options;

    private readonly SegmentationData _data;

    private TrainingSweep(TrainingSweepOptions options, SegmentationData data) => (_options, _data) = (options, data);

    /// <summary>The options, with the cases to validate on by name.</summary>
    public TrainingSweepOptions Options => _options;

    /// <summary>What decides the trials and what comes of them: the space, how it is searched, the seeds, the options of training. Limits of a grid or a random search, devices and numbers of
    /// workers are left out, so that they may change when the sweep is resumed.</summary>
    public SweepDefinition Definition => SweepDefinition.Of(new
    {
        _options.Space,
        Search = _options.Search switch
        {
            SweepSearch.Grid => (object)new { Kind = _options.Search, _options.GridStep },
            SweepSearch.Random => new { Kind = _options.Search, Seed = _options.Run.Training.ResolvedSeed },
            _ => new { Kind = _options.Search, _options.GridStep, _options.Eta, _options.FirstEpochs, Candidates = _options.ResolvedCandidates, Seed = _options.Run.Training.ResolvedSeed },
        },
        Seeds = _options.ResolvedSeeds,
        Run = RunNode(),
    });

    /// <summary>Trials that the sweep has when none fails: points times seeds; null where the tuner has no end.</summary>
    public long? Trials => Candidates is { } candidates ? candidates * _options.ResolvedSeeds.Count : null;

    private long? Candidates
    {
        get
        {
            var all = _options.Search == SweepSearch.Random || (_options.Search == SweepSearch.Halving && _options.ResolvedCandidates is not null)
                ? _options.Space.Count : _options.Space.GridCount(_options.GridStep);
            return all is { } known && _options.ResolvedCandidates is { } most ? Math.Min(known, most) : all ?? _options.ResolvedCandidates;
        }
    }

    /// <summary>Finds out whether a sweep can be run, before any trial: the space, the seeds, the files to start from, the data, and whether every point of its grid (of ranges, both ends) can be trained.</summary>
    /// <param name="options">The sweep.</param>
    /// <param name="observer">Hears what the data hold.</param>
    /// <exception cref="SearchSpaceException">A dimension has no values, or other faults; lists them all.</exception>
    /// <exception cref="TrialSpecException">A point cannot be trained, for instance with a rank larger than the network's width.</exception>
    /// <exception cref="FileNotFoundException">The SAM or LoRA file to start from is not there.</exception>
    /// <exception cref="Modeling.Checkpoints.CheckpointFormatException">One of them is damaged, of another kind, or of a network of other sizes.</exception>
    /// <exception cref="DataFolderException">The data folder does not hold what is needed.</exception>
    /// <exception cref="ArgumentException">A seed is there twice, a number is out of range, or there is no case to validate on.</exception>
    public static TrainingSweep Prepare(TrainingSweepOptions options, ITrainingObserver observer)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(observer);
        if (options.ResolvedSeeds.Count == 0 || options.ResolvedSeeds.Distinct().Count() != options.ResolvedSeeds.Count)
        {
            throw new ArgumentException($"Give one seed or more, each once, got {(options.ResolvedSeeds.Count == 0 ? "none" : string.Join(", ", options.ResolvedSeeds))}.", nameof(options));
        }
        options.Space.Validate();
        SweepStart.Check(options.Run, CheckPoints(options));
        var selection = CaseSelection.Of(options.Run, observer);
        var sweep = new TrainingSweep(options with { Run = TrialSpec.WithNamedValidation(options.Run, selection) }, selection.Data);
        _ = sweep.CreateTuner();
        return sweep;
    }

    /// <summary>Whether the sweep may be kept in <paramref name="folder"/>; nothing is written, and no file of the data is read.</summary>
    /// <exception cref="SweepFolderException">As <see cref="SweepFolder.Check"/>, or the folder holds finished trials of more points than the sweep has.</exception>
    public void Check(string folder, bool resume)
    {
        SweepFolder.Check(folder, Definition, resume);
        if (SweepFolder.HoldsSweep(folder) && _options.ResolvedCandidates is { } most && SweepFolder.LastDone(folder) / _options.ResolvedSeeds.Count + 1 is { } points && points > most)
        {
            throw new SweepFolderException(folder, string.Create(CultureInfo.InvariantCulture,
                $"holds finished trials of {points} points, some of which a sweep of {most} would leave out of its tables. Resume it with --trials {points} or more."));
        }
    }

    /// <summary><see cref="Definition"/> with the hashes of what the trials read, so that a resumed sweep is refused when they have changed: images and labels, the SAM file, the LoRA file.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public SweepDefinition DefinitionWithFiles(CancellationToken cancellationToken = default)
    {
        var read = _data.Files.SelectMany(file => new[] { file.ImagePath, file.LabelPath }).Concat(new[] { _options.Run.SamFile, _options.Run.LoraFile }.OfType<string>().Select(Path.GetFullPath));
        return Definition.WithFiles(HashedFile.OfAll(read, _data.Folder, cancellationToken: cancellationToken));
    }

    /// <summary>A tuner that has proposed nothing yet.</summary>
    public ITuner CreateTuner() => _options.Search switch
    {
        SweepSearch.Grid => new GridSearchTuner(_options.Space, _options.GridStep),
        SweepSearch.Random => new RandomSearchTuner(_options.Space, _options.Run.Training.ResolvedSeed, _options.ResolvedCandidates),
        _ => new SuccessiveHalvingTuner(_options.Space, new()
        {
            Epochs = _options.Run.Training.Epochs, Eta = _options.Eta, FirstEpochs = _options.FirstEpochs, Candidates = _options.ResolvedCandidates, GridStep = _options.GridStep,
            Seed = _options.Run.Training.ResolvedSeed, ValidateEvery = _options.Run.Training.ValidateEvery,
        }),
    };

    /// <summary>What a trial is to do.</summary>
    public TrialSpec SpecOf(TrialSettings settings) => TrialSpec.Of(settings, _options.Run);

    /// <summary>Seeds and limit for a <see cref="SweepEngine"/>.</summary>
    public SweepEngineOptions EngineOptions => new() { Seeds = [.. _options.ResolvedSeeds.Select(seed => (long?)seed)], MaxCandidates = _options.ResolvedCandidates };

    private static List<TrainingRunOptions> CheckPoints(TrainingSweepOptions options)
    {
        List<TrialSpecFault> faults = [];
        List<TrainingRunOptions> runs = [];
        var points = options.Space.Grid(options.Search == SweepSearch.Grid ? Math.Max(2, options.GridStep) : 2);
        foreach (var point in points.Take(MostChecked))
        {
            try
            {
                runs.Add(TrialParameters.Apply(options.Run, point, options.Run.Training.ResolvedSeed));
            }
            catch (TrialSpecException fault)
            {
                faults.AddRange(fault.Faults.Except(faults));
            }
        }
        if (faults.Count > 0)
        {
            throw new TrialSpecException("The search space has points that cannot be trained", faults);
        }
        return runs;
    }

    private JsonNode RunNode()
    {
        var run = JsonNode.Parse(SpecOf(new() { TrialId = 0, Parameter = Parameter.Empty }).ToJson())!["run"]!.AsObject();
        foreach (var name in s_free)
        {
            run.Remove(name);
        }
        foreach (var name in s_freeOfTraining)
        {
            run["training"]?.AsObject().Remove(name);
        }
        return run.DeepClone();
    }
}
