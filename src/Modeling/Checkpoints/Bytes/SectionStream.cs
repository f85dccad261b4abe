using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Modeling.Checkpoints.Bytes;

/// <summary>A forward-only stream over one section of a byte source, for decoders that want a stream.</summary>
internal sealed class SectionStream(IByteSource source, long offset, long length, string field) : ReadOnlyStream
{
    private long _position;

    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException("A section is read forward only.");
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var count = (int)Math.Min(buffer.Length, length - _position);
        source.Read(offset + _position, buffer[..count], field);
        _position += count;
        return count;
    }
}
