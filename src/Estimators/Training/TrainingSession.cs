namespace SAMed.MLNet.Estimators.Training;

/// <summary>One call that trained: from the start, or on from where an earlier one was interrupted.</summary>
/// <param name="Started">When it began.</param>
/// <param name="Seconds">From then to the last time that the state was saved.</param>
/// <param name="Steps">Optimiser steps of the whole run by then.</param>
/// <param name="Version">Version of SAMed.MLNet.</param>
/// <param name="LibTorch">Version of libtorch.</param>
/// <param name="Device">The device.</param>
/// <param name="Threads">Threads of one tensor operation on the CPU.</param>
public sealed record TrainingSession(DateTimeOffset Started, double Seconds, long Steps, string Version, string LibTorch, string Device, int Threads);
