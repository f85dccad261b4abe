namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>A tensor whose shape in the file is not the network's.</summary>
public sealed record ShapeMismatch(string Name, IReadOnlyList<long> File, IReadOnlyList<long> Network)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} (file {Text(File)}, network {Text(Network)})";

    private static string Text(IReadOnlyList<long> shape) => shape.Count == 0 ? "scalar" : string.Join('×', shape);
}
