namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>The tuner of an experiment before there is one.</summary>
/// <param name="Create">Makes it, from the space and the most points.</param>
/// <param name="Description">What decides its points, for the experiment's definition.</param>
internal sealed record ExperimentTuner(Func<SearchSpace, int?, ITuner> Create, object Description)
{
    /// <summary>The epochs that it shares out; null when its trials are not stopped.</summary>
    public int? SharedEpochs { get; private init; }

    /// <summary>Whether it has an end only where the space has.</summary>
    public bool IsEndless { get; private init; }

    public static ExperimentTuner Grid(int step) => new((space, _) => new GridSearchTuner(space, step), new { Name = "grid", Step = step });

    public static ExperimentTuner Random(long? seed) => new((space, most) => new RandomSearchTuner(space, seed, most), new { Name = "random", Seed = seed }) { IsEndless = true };

    public static ExperimentTuner Halving(SuccessiveHalvingOptions options) => new((space, _) => new SuccessiveHalvingTuner(space, options), new { Name = "halving", Options = options }) { SharedEpochs = options.Epochs };

    public static ExperimentTuner Of(Func<SearchSpace, ITuner> tuner) => new((space, _) => tuner(space), new { Name = "own" });
}
