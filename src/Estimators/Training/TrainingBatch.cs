namespace SAMed.MLNet.Estimators.Training;

/// <summary>One forward pass worth of augmented slices.</summary>
/// <param name="Images">[B, C, S, S] float32.</param>
/// <param name="LowResLabels">[B, L, L] class ids.</param>
/// <param name="Count">B.</param>
/// <param name="Channels">C.</param>
internal sealed record TrainingBatch(float[] Images, byte[] LowResLabels, int Count, int Channels = 1);
