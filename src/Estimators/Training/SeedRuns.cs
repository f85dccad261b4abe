using System.Globalization;
using SAMed.MLNet.Estimators.Evaluation;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>One of several runs that differ in their seed alone.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Folder">The run's folder.</param>
/// <param name="Run">How it went.</param>
public sealed record SeedRun(long Seed, string Folder, TrainingRunResult Run);

/// <summary>The same training with several seeds: initial weights, order of slices and augmentation differ, the data and their split do not.</summary>
public sealed record SeedRunsResult
{
    /// <summary>The runs that were begun, in the order of the seeds.</summary>
    public required IReadOnlyList<SeedRun> Runs { get; init; }

    /// <summary>Names of the classes 1..C.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Whether a cancellation ended it; the runs can be continued.</summary>
    public bool Interrupted => Runs.Count > 0 && Runs[^1].Run.Result.Interrupted;

    /// <summary>Best mean validation Dice over the seeds: mean, sample standard deviation and the 95 % confidence interval of the mean by Student's t.
    /// The best epoch is chosen on the same validation cases, so the figure compares recipes; it is no estimate for new patients.</summary>
    public Summary Dice => FoldSummary.Of(Runs.Select(run => run.Run.Result.Best?.Dice));

    /// <summary>The same for each class, at each run's best epoch.</summary>
    public IReadOnlyList<Summary> PerClass =>
        [.. Classes.Select((_, index) => FoldSummary.Of(Runs.Select(run => run.Run.Result.BestPerClass?[index])))];
}

/// <summary>Trains with one seed after the other, each in a folder of its own.</summary>
public static class SeedRuns
{
    /// <summary>The file of the figures of all seeds, in the output folder.</summary>
    public const string FiguresName = "seeds.json";

    /// <summary>The folder of a seed: <c>OUTPUT/seed_1</c>.</summary>
    public static string FolderOf(string output, long seed) => Path.Combine(output, string.Create(CultureInfo.InvariantCulture, $"seed_{seed}"));

    /// <summary>What says that runs of several seeds are kept in <paramref name="output"/>: their folders, or their figures; none where there is no such thing.</summary>
    internal static IReadOnlyList<string> HeldIn(string output) => !Directory.Exists(output) ? [] :
    [
        .. Directory.EnumerateDirectories(output, "seed_*").Where(RunFolder.HoldsRun).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal),
        .. File.Exists(Path.Combine(output, FiguresName)) ? new[] { FiguresName } : [],
    ];

    private static void RefuseSingleRun(string output)
    {
        if (RunFolder.HoldsRun(output) || RunFolder.SeedOf(output) is not null)
        {
            throw new RunFolderException(output, "holds a single training run, whose run.json the record of several seeds would replace, so that it could not be continued. " +
                "Give another --output (OutputFolder), or continue that run without --seeds and with --resume (Resume).");
        }
    }

    /// <summary>Trains <paramref name="options"/> with each of <paramref name="seeds"/> into <see cref="FolderOf"/> its output. The split into training and validation is the one of the
    /// options' own seed, the same for all. With <see cref="TrainingRunOptions.Resume"/> finished runs are kept and an interrupted one goes on. Cancellation saves and returns.</summary>
    /// <exception cref="ArgumentException">There are fewer than two seeds, one occurs twice, or there is no case to validate on.</exception>
    /// <exception cref="RunFolderException">A seed's folder holds a run already, or the folder of them all is that of a single run.</exception>
    /// <exception cref="TrainingDivergedException">A loss or weight is not finite.</exception>
    public static SeedRunsResult Execute(
        TrainingRunOptions options, IReadOnlyList<long> seeds, ITrainingObserver observer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(seeds);
        ArgumentNullException.ThrowIfNull(observer);
        if (seeds.Count < 2 || seeds.Distinct().Count() != seeds.Count)
        {
            throw new ArgumentException($"Give two different seeds or more, got {string.Join(", ", seeds)}.", nameof(seeds));
        }
        RefuseSingleRun(options.Output);
        foreach (var seed in seeds)
        {
            RunFolder.RefuseHeld(FolderOf(options.Output, seed), options.Resume);
        }
        var validation = CaseSelection.Of(options, observer).Validation;
        if (validation.Count == 0)
        {
            throw new ArgumentException(
                "Runs of several seeds are compared by their Dice on validation cases, and there are none. Set a share aside (--validation; ValidationFraction) or name cases (--validation-cases; ValidationCases).", nameof(options));
        }
        List<SeedRun> runs = [];
        for (var index = 0; index < seeds.Count && runs.LastOrDefault()?.Run.Result.Interrupted != true; index++)
        {
            var folder = FolderOf(options.Output, seeds[index]);
            observer.Note(string.Create(CultureInfo.InvariantCulture, $"Seed {seeds[index]} ({index + 1} of {seeds.Count}): {folder}"));
            runs.Add(new(seeds[index], folder, TrainingRun.Execute(
                options with
                {
                    Output = folder, ValidationCases = validation, Training = options.Training with { Seed = seeds[index] }, Resume = options.Resume && RunFolder.HoldsRun(folder),
                },
                observer, cancellationToken)));
        }
        return new() { Runs = runs, Classes = [.. options.Labels.Classes.Select(entry => entry.Name)] };
    }
}
