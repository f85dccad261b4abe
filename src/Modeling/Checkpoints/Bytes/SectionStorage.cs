namespace SAMed.MLNet.Modeling.Checkpoints.Bytes;

/// <summary>A storage that lies in the file as it is: legacy files and safetensors.</summary>
internal sealed class SectionStorage(IByteSource source, string name, long start, long length) : TensorStorage
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override void Read(long offset, NativeSpan destination)
    {
        for (long at = 0; at < destination.Length;)
        {
            var chunk = destination.Chunk(at);
            source.Read(start + offset + at, chunk, name);
            at += chunk.Length;
        }
    }
}
