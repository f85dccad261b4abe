namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>One rung of successive halving.</summary>
/// <param name="Candidates">Candidates that get so far, if none fails.</param>
/// <param name="UntilEpoch">Epochs that each of them has done at its end, counted from the first; null = all of the training.</param>
public sealed record HalvingRung(int Candidates, int? UntilEpoch)
{
    /// <summary>The rungs for a number of candidates.</summary>
    internal static IReadOnlyList<HalvingRung> Plan(int candidates, SuccessiveHalvingOptions options)
    {
        List<HalvingRung> rungs = [];
        for (var epochs = First(candidates, options); candidates > 1 && epochs < options.Epochs; epochs *= options.Eta)
        {
            // Up to the next validation, which may be the one at the end.
            var until = (epochs + options.ValidateEvery - 1) / options.ValidateEvery * options.ValidateEvery;
            if (until >= options.Epochs)
            {
                break;
            }
            if (until > (rungs.LastOrDefault()?.UntilEpoch ?? 0))
            {
                rungs.Add(new(candidates, (int)until));
                candidates = Math.Max(1, candidates / options.Eta);
            }
        }
        rungs.Add(new(candidates, null));
        return rungs;
    }

    /// <summary>As many rungs as leave about one candidate, each with eta times the epochs of the one before.</summary>
    private static long First(int candidates, SuccessiveHalvingOptions options)
    {
        var epochs = options.Epochs;
        for (var left = candidates; left >= options.Eta; left /= options.Eta)
        {
            epochs = Math.Max(1, epochs / options.Eta);
        }
        return options.FirstEpochs ?? epochs;
    }
}
