namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Where a sweep is kept: what is known of trials from before, and what happens now. A sweep calls it from one thread at a time.</summary>
public interface ISweepRecord
{
    /// <summary>What came of a trial when it was done for <see cref="TrialSettings.UntilEpoch"/> epochs, or for all of them, in an earlier call; null when it has not been.</summary>
    /// <exception cref="SweepFolderException">The trial of this number was of another point or seed.</exception>
    TrialResult? Find(TrialSettings settings);

    /// <summary>Takes down what happened.</summary>
    void Write(SweepEvent entry);

    /// <summary>Takes down where all trials stand.</summary>
    /// <param name="trials">In the order of their numbers.</param>
    /// <param name="last">Whether the sweep goes no further now.</param>
    void Save(IReadOnlyList<TrialRecord> trials, bool last);
}
