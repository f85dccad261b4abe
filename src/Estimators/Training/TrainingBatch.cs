namespace SAMed.MLNet.Estimators.Training;

/// <summary>One forward pass worth of augmented slices.</summary>
/// <param name="Images">[B, C, S, S] float32.</param>
/// <param name="LowResLabels">[B, L, L] class ids.</param>
/// <param name="Count">B.</param>
/// <param name="Channels">C.</param>
internal sealed record TrainingBatch(float[] Images, byte[] LowResLabels, int Count, int Channels = 1)
{
    /// <summary>[S, S] class ids of the slice that <see cref="TrainingPicture.Shown"/> names; null where nobody looks at it.</summary>
    public byte[]? ShownLabel { get; init; }

    /// <summary>B places in the feature cache; null without a cache.</summary>
    public FeatureSlot[]? Features { get; init; }
}
