using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Imaging.Binary;

/// <summary>Reads through to another stream, counts the bytes, computes their CRC-32 and turns a decoder's failures into <see cref="VolumeFormatException"/>.</summary>
internal sealed class CheckedReadStream(Stream inner, string path, string field) : ReadOnlyStream
{
    private Crc32 _crc;

    /// <summary>CRC-32 of the bytes read so far.</summary>
    public uint Crc => _crc.Value;

    /// <summary>Bytes read so far.</summary>
    public long Count { get; private set; }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            var got = inner.Read(buffer);
            _crc.Append(buffer[..got]);
            Count += got;
            return got;
        }
        catch (InvalidDataException e)
        {
            throw new VolumeFormatException(path, field, "intact compressed data", $"data that stop making sense after {Count} decoded bytes ({e.Message.TrimEnd('.')})", e);
        }
        catch (EndOfStreamException e)
        {
            throw new VolumeFormatException(path, field, "intact compressed data", $"the end of the file after {Count} decoded bytes", e);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }
        base.Dispose(disposing);
    }
}
