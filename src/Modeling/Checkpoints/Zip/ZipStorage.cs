using System.IO.Compression;
using SAMed.MLNet.Modeling.Checkpoints.Bytes;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Modeling.Checkpoints.Zip;

/// <summary>One record of a zip archive as a storage. A record read whole goes straight into its destination and its CRC is checked on the way;
/// one read in parts is checked as a whole before the first of them: a stored record in a pass of its own, a deflated one as it is inflated, once, and kept. Safe on several threads at a time.</summary>
internal sealed class ZipStorage(IByteSource source, ZipEntry entry) : TensorStorage
{
    // What was just read is checked while it is still in the core's own cache.
    private const int CheckedAtOnce = 1 << 19;
    private readonly object _gate = new();
    private byte[]? _inflated;
    private volatile bool _isSound;

    /// <inheritdoc/>
    public override string Name => entry.Name;

    /// <inheritdoc/>
    public override long Length => entry.Length;

    /// <summary>Whether the archive records a CRC.</summary>
    public bool HasCrc => entry.Crc != 0 || entry.Length == 0;

    /// <summary>The whole record, for small ones.</summary>
    public unsafe byte[] ReadAll(long maxLength)
    {
        if (entry.Length > maxLength)
        {
            throw Fault($"at most {maxLength} bytes", $"{entry.Length}");
        }
        var bytes = new byte[entry.Length];
        fixed (byte* pointer = bytes)
        {
            ReadWhole(new NativeSpan(pointer, bytes.Length));
        }
        return bytes;
    }

    /// <inheritdoc/>
    public override void Read(long offset, NativeSpan destination)
    {
        if (offset == 0 && destination.Length == entry.Length)
        {
            ReadWhole(destination);
        }
        else if (entry.IsDeflated)
        {
            ReadPart(new MemoryBytes(source.FilePath, Inflated()), offset, destination);
        }
        else
        {
            CheckOnce();
            ReadPart(source, entry.DataOffset + offset, destination);
        }
    }

    /// <summary>Checks a stored record that is read in parts, in pieces of a fixed size. Other readers of it wait: what they are to get is not known to be sound.</summary>
    private void CheckOnce()
    {
        if (_isSound || !HasCrc)
        {
            return;
        }
        lock (_gate)
        {
            if (_isSound)
            {
                return;
            }
            var crc = default(Crc32);
            var piece = new byte[(int)Math.Min(entry.Length, CheckedAtOnce)];
            for (long at = 0; at < entry.Length;)
            {
                var part = piece.AsSpan(0, (int)Math.Min(piece.Length, entry.Length - at));
                source.Read(entry.DataOffset + at, part, entry.Name);
                crc.Append(part);
                at += part.Length;
            }
            Require(crc);
        }
    }

    private void Require(Crc32 crc)
    {
        if (HasCrc && crc.Value != entry.Crc)
        {
            throw Fault($"CRC-32 {entry.Crc:x8}", $"{crc.Value:x8}: the file is damaged");
        }
        _isSound = true;
    }

    private void ReadPart(IByteSource from, long offset, NativeSpan destination)
    {
        for (long at = 0; at < destination.Length;)
        {
            var chunk = destination.Chunk(at);
            from.Read(offset + at, chunk, entry.Name);
            at += chunk.Length;
        }
    }

    private byte[] Inflated()
    {
        lock (_gate)
        {
            return _inflated ??= ReadAll(Array.MaxLength);
        }
    }

    private void ReadWhole(NativeSpan destination) => Require(entry.IsDeflated ? Inflate(destination) : Copy(destination));

    private Crc32 Copy(NativeSpan destination)
    {
        var crc = default(Crc32);
        for (long at = 0; at < destination.Length;)
        {
            var chunk = destination.Chunk(at, CheckedAtOnce);
            source.Read(entry.DataOffset + at, chunk, entry.Name);
            crc.Append(chunk);
            at += chunk.Length;
        }
        return crc;
    }

    private Crc32 Inflate(NativeSpan destination)
    {
        using var section = new SectionStream(source, entry.DataOffset, entry.CompressedLength, entry.Name);
        using var stream = new DeflateStream(section, CompressionMode.Decompress);
        var crc = default(Crc32);
        try
        {
            for (long at = 0; at < destination.Length;)
            {
                var chunk = destination.Chunk(at, CheckedAtOnce);
                stream.ReadExactly(chunk);
                crc.Append(chunk);
                at += chunk.Length;
            }
            return stream.ReadByte() < 0 ? crc : throw Fault($"{entry.Length} bytes, as its record says", "more (a zip bomb or a damaged record)");
        }
        catch (Exception fault) when (fault is InvalidDataException or EndOfStreamException)
        {
            throw new CheckpointFormatException(source.FilePath, entry.Name, $"{entry.Length} bytes of deflated data", "damaged data", fault);
        }
    }

    private CheckpointFormatException Fault(string expected, string got) => new(source.FilePath, entry.Name, expected, got);
}
