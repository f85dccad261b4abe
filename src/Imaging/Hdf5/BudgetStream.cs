using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Imaging.Hdf5;

/// <summary>Lets a reader read a file a few times over, no more: a file whose addresses lead in a circle ends in an error instead of never.</summary>
internal sealed class BudgetStream(Stream file) : ReadOnlyStream
{
    private const long BytesPerChunkLookup = 1 << 18;
    private long _left = (8 * file.Length) + (1 << 20);

    /// <summary>Allows the reads that finding this many chunks costs; no more of them than a file of this size can describe.</summary>
    public void AllowChunks(double count) => _left += (long)Math.Min(count, (file.Length / 16) + 64) * BytesPerChunkLookup;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override long Length => file.Length;

    /// <inheritdoc/>
    public override long Position
    {
        get => file.Position;
        set => file.Position = value >= 0 && value <= file.Length ? value : throw new InvalidDataException($"the address {value} lies outside the file of {file.Length} bytes");
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.Length > file.Length - file.Position)
        {
            throw new InvalidDataException($"{buffer.Length} bytes at address {file.Position} reach beyond the file of {file.Length} bytes");
        }
        // Each call counts for more than its bytes, so that many small reads end too.
        _left -= buffer.Length + 256L;
        if (_left < 0)
        {
            throw new InvalidDataException("the file's structures lead in a circle");
        }
        return file.Read(buffer);
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
    {
        Position = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => file.Position + offset, _ => file.Length + offset };
        return Position;
    }
}
