using System.Globalization;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Everything that one trial needs to know: the content of the file that <c>samed trial</c> reads. All values of the search space have been put into <see cref="Run"/> already;
/// <see cref="Parameter"/> repeats them for who reads the result.</summary>
public sealed record TrialSpec
{
    /// <summary>Number of the trial, from 0.</summary>
    public required int TrialId { get; init; }

    /// <summary>The point of the search space.</summary>
    public required Parameter Parameter { get; init; }

    /// <summary>The seed, which <see cref="Run"/> has too.</summary>
    public required long Seed { get; init; }

    /// <summary>Epochs after which the trial stops for now, counted from its first; null = all of <see cref="Run"/>'s.</summary>
    public int? UntilEpoch { get; init; }

    /// <summary>What to train on and how. Its Output and Resume do not count: the trial's folder is given with the command, and a trial always goes on where it was.</summary>
    public required TrainingRunOptions Run { get; init; }

    /// <summary>A trial of a sweep: <paramref name="template"/> with the values of the settings' point and their seed, files by full path.</summary>
    /// <param name="settings">Number, point, seed and how far; a null seed is the template's.</param>
    /// <param name="template">What all trials have in common.</param>
    /// <exception cref="TrialSpecException">The point has a name that is not known, or a value that cannot be.</exception>
    public static TrialSpec Of(TrialSettings settings, TrainingRunOptions template)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(template);
        var seed = settings.Seed ?? template.Training.ResolvedSeed;
        return new TrialSpec
        {
            TrialId = settings.TrialId,
            Parameter = settings.Parameter,
            Seed = seed,
            UntilEpoch = settings.UntilEpoch,
            Run = TrialParameters.Apply(template, settings.Parameter, seed),
        }.WithFullPaths();
    }

    /// <summary>The same options with the cases to validate on named, so that trials of different seeds share them: the split of the options' own seed, or of the data's description.</summary>
    /// <exception cref="Data.DataFolderException">The folder does not hold what is needed.</exception>
    /// <exception cref="ArgumentException">There is no case to validate on, by which trials could be compared.</exception>
    public static TrainingRunOptions WithNamedValidation(TrainingRunOptions options, ITrainingObserver observer)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(observer);
        return WithNamedValidation(options, CaseSelection.Of(options, observer));
    }

    /// <summary>The same for cases that have been selected.</summary>
    internal static TrainingRunOptions WithNamedValidation(TrainingRunOptions options, CaseSelection selection) =>
        selection.Validation is { Count: > 0 } cases
            ? options with { ValidationCases = cases, ValidationFraction = null }
            : throw new ArgumentException(Trial.NoValidation, nameof(options));

    /// <summary>Reads a file. Every field must be there, and no other.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="TrialSpecException">It is no JSON, a field is missing, unknown or of another type, or <see cref="Validate"/> finds fault.</exception>
    public static TrialSpec Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return FromJson(File.ReadAllText(path), path);
    }

    /// <summary>Reads JSON text, as <see cref="Load"/>.</summary>
    /// <param name="json">The text.</param>
    /// <param name="path">Where it comes from, for the error.</param>
    /// <exception cref="TrialSpecException">As <see cref="Load"/>.</exception>
    public static TrialSpec FromJson(string json, string path)
    {
        ArgumentNullException.ThrowIfNull(json);
        var spec = TrialSpecJson.Read(json, path);
        spec.Validate(path);
        return spec;
    }

    /// <summary>As indented JSON, which <see cref="FromJson"/> reads back exactly.</summary>
    public string ToJson() => TrialSpecJson.Write(this);

    /// <summary>Writes <see cref="ToJson"/>, whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string path) => AtomicFile.WriteText(path, ToJson() + "\n");

    /// <summary>The same with full paths, for a process with another working folder.</summary>
    public TrialSpec WithFullPaths() => this with
    {
        Run = Run with
        {
            Data = Path.GetFullPath(Run.Data),
            ListFile = Full(Run.ListFile),
            SamFile = Full(Run.SamFile),
            LoraFile = Full(Run.LoraFile),
            Training = Run.Training.FeatureCache is { } cache ? Run.Training with { FeatureCache = cache with { Folder = Path.GetFullPath(cache.Folder) } } : Run.Training,
        },
    };

    /// <summary>Checks everything that needs no data.</summary>
    /// <param name="source">What the error calls the spec; by default its number.</param>
    /// <exception cref="TrialSpecException">Lists every fault.</exception>
    public void Validate(string? source = null)
    {
        List<TrialSpecFault> faults = [];
        if (TrialId < 0)
        {
            faults.Add(new("trialId", "0 or more", Text(TrialId)));
        }
        if (Run.Training.ResolvedSeed != Seed)
        {
            faults.Add(new("run.training.seed", $"the trial's seed, {Text(Seed)}", Text(Run.Training.ResolvedSeed)));
        }
        if (UntilEpoch is { } epoch && (epoch < Math.Min(Run.Training.ValidateEvery, Run.Training.Epochs) || epoch > Run.Training.Epochs))
        {
            faults.Add(new("untilEpoch", $"an epoch by which there has been a validation, {Text(Math.Min(Run.Training.ValidateEvery, Run.Training.Epochs))} to {Text(Run.Training.Epochs)}, or null", Text(epoch)));
        }
        faults.AddRange(TrialParameters.FaultsOf(Run, "run."));
        if (faults.Count > 0)
        {
            throw new TrialSpecException(source ?? $"trial {Text(TrialId)}", faults);
        }
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string? Full(string? path) => path is null ? null : Path.GetFullPath(path);
}
