namespace SAMed.MLNet.Estimators.Training;

/// <summary>Where the features of the frozen encoder blocks are kept from one epoch, and one run, to the next.</summary>
/// <remarks>Losses and weights are the same with and without: what is kept are the float32 values that the network would compute again. A slice takes
/// 4 (S/P)² D bytes: 3 MiB with vit_b and 5 MiB with vit_h at 512 pixels, for each of its fixed augmentations.</remarks>
public sealed record FeatureCacheOptions
{
    /// <summary>The folder; it is made when it is not there. Several runs may share it, at the same time too: features are found by what they were computed from.</summary>
    public required string Folder { get; init; }

    /// <summary>Most bytes that this run's part of the folder may take, at least 1; what does not fit is computed in every epoch. What lies there is counted when the run begins, and what the run adds: runs
    /// that fill the same part at the same time each keep their own count. Default null = as many as the disk has.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>What is wrong with the options, each in a sentence; empty when nothing is.</summary>
    internal IEnumerable<string> Faults()
    {
        if (string.IsNullOrWhiteSpace(Folder))
        {
            yield return $"{nameof(TrainingOptions.FeatureCache)}.{nameof(Folder)} must be a folder, got nothing";
        }
        if (MaxBytes < 1)
        {
            yield return FormattableString.Invariant($"{nameof(TrainingOptions.FeatureCache)}.{nameof(MaxBytes)} must be at least 1, got {MaxBytes}");
        }
    }
}
