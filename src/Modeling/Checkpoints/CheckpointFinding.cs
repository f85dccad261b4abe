namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>One observation about a checkpoint file.</summary>
/// <param name="IsError">Whether the file should not be used; otherwise it is worth knowing.</param>
/// <param name="Where">The record or tensor.</param>
/// <param name="What">What was found, without the place; a fault is told once, however many tensors share it.</param>
public sealed record CheckpointFinding(bool IsError, string Where, string What);

/// <summary>What verifying a file found.</summary>
/// <param name="Path">The file.</param>
/// <param name="TensorCount">Tensors read.</param>
/// <param name="ByteCount">Bytes of tensor data read.</param>
/// <param name="Findings">Errors and remarks; empty for a sound file.</param>
public sealed record CheckpointVerification(string Path, int TensorCount, long ByteCount, IReadOnlyList<CheckpointFinding> Findings)
{
    /// <summary>Whether the file is free of errors.</summary>
    public bool IsSound => !Findings.Any(finding => finding.IsError);
}
