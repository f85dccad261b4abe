namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>What a file says of one tensor.</summary>
/// <param name="Name">Its name: the key in a dict of tensors, the keys joined by '/' in a nested object.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sizes; empty for a scalar.</param>
/// <param name="Stride">Steps between neighbours along each axis, in elements, as stored.</param>
/// <param name="IsParameter">Whether Python gets a torch.nn.Parameter.</param>
/// <param name="RequiresGrad">Whether it is marked as needing a gradient.</param>
public sealed record TensorInfo(string Name, ElementType Type, IReadOnlyList<long> Shape, IReadOnlyList<long> Stride, bool IsParameter, bool RequiresGrad)
{
    /// <summary>The number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The shape as text, "768×3×16×16", or "scalar".</summary>
    public string ShapeText => Shape.Count == 0 ? "scalar" : string.Join('×', Shape);
}
