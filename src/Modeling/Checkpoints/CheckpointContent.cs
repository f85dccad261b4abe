namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>An opened and fully checked checkpoint file whose tensor data have not been read.</summary>
internal sealed class CheckpointContent : IDisposable
{
    // Views may share a storage (tied weights), yet a few bytes must not become terabytes through strides of zero.
    private const int MaxSharing = 8;
    private const long AlwaysAllowedBytes = 64L << 20;
    private readonly IDisposable _file;

    public CheckpointContent(IDisposable file, string path, CheckpointContainer container, FlatTree tree, IReadOnlyDictionary<string, string> metadata)
    {
        (_file, FilePath, Container, Tree, Metadata) = (file, path, container, tree, metadata);
        Storages = [.. tree.Tensors.Select(pair => pair.Value.Storage).Distinct()];
        var stored = Storages.Aggregate((Int128)0, (sum, storage) => sum + storage.Length);
        var wanted = tree.Tensors.Aggregate((Int128)0, (sum, pair) => sum + pair.Value.ByteLength);
        if (wanted > (stored * MaxSharing) + AlwaysAllowedBytes)
        {
            throw new CheckpointFormatException(path, "tensors", $"at most {MaxSharing} times the {stored} bytes that are stored", $"views of {wanted} bytes in all (a decompression bomb)");
        }
    }

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <summary>Its format.</summary>
    public CheckpointContainer Container { get; }

    /// <summary>The root object and its leaves.</summary>
    public FlatTree Tree { get; }

    /// <summary>The tensors in the file's order.</summary>
    public IReadOnlyList<KeyValuePair<string, StoredTensor>> Tensors => Tree.Tensors;

    /// <summary>The metadata, without what this library keeps there for itself.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The storages that tensors refer to, each once.</summary>
    public IReadOnlyList<TensorStorage> Storages { get; }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
