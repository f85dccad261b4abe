namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>What a checkpoint file holds, without its tensor data.</summary>
public sealed record TensorFileInfo
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>Its format.</summary>
    public required CheckpointContainer Container { get; init; }

    /// <summary>Python's type of the object in it: dict, OrderedDict, list, Tensor, …</summary>
    public required string Root { get; init; }

    /// <summary>The tensors in the file's order.</summary>
    public required IReadOnlyList<TensorInfo> Tensors { get; init; }

    /// <summary>Leaves that are no tensors, as the learning rate in an optimizer's state: long, double, bool, string, byte[], BigInteger or null.</summary>
    public required IReadOnlyList<KeyValuePair<string, object?>> Values { get; init; }

    /// <summary>The metadata of the file.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    internal static TensorFileInfo Of(CheckpointContent content) => new()
    {
        Path = content.FilePath,
        Container = content.Container,
        Root = content.Tree.RootName,
        Tensors = [.. content.Tensors.Select(pair => new TensorInfo(pair.Key, pair.Value.Type, pair.Value.Shape, pair.Value.Stride, pair.Value.IsParameter, pair.Value.RequiresGrad))],
        Values = content.Tree.Values,
        Metadata = content.Metadata,
    };
}
