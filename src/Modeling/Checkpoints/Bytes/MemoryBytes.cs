namespace SAMed.MLNet.Modeling.Checkpoints.Bytes;

/// <summary>A record of a file that is in memory already, as an inflated pickle.</summary>
internal sealed class MemoryBytes(string path, byte[] bytes) : IByteSource
{
    /// <inheritdoc/>
    public string FilePath => path;

    /// <inheritdoc/>
    public long Length => bytes.Length;

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination, string field)
    {
        if (offset < 0 || destination.Length > bytes.Length - offset)
        {
            throw new CheckpointFormatException(path, field, $"{destination.Length} bytes at offset {offset}", $"a record of {bytes.Length} bytes");
        }
        bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
    }
}
