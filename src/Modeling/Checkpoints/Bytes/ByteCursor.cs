using System.Buffers.Binary;
using System.Text;

namespace SAMed.MLNet.Modeling.Checkpoints.Bytes;

/// <summary>Reads numbers, lines and runs of bytes one after another from a byte source through a small buffer.</summary>
internal sealed class ByteCursor(IByteSource source, long start, string field)
{
    private const int MaxLine = 1 << 16;
    private readonly byte[] _buffer = new byte[1 << 14];
    private long _bufferStart = start;
    private int _count;
    private int _at;

    /// <summary>The place of the next byte in the source.</summary>
    public long Position => _bufferStart + _at;

    /// <summary>The bytes left in the source.</summary>
    public long Remaining => source.Length - Position;

    /// <summary>The file, for error messages.</summary>
    public string FilePath => source.FilePath;

    /// <summary>The next byte.</summary>
    public byte Byte()
    {
        if (_at == _count)
        {
            Fill();
        }
        return _buffer[_at++];
    }

    /// <summary>The next <paramref name="count"/> bytes; a count beyond the end of the file is an error before anything is allocated.</summary>
    public byte[] Bytes(ulong count)
    {
        if (count > (ulong)Remaining || count > int.MaxValue)
        {
            throw new CheckpointFormatException(FilePath, $"{field}, offset {Position}", $"at most {Remaining} bytes", $"a length of {count}");
        }
        var bytes = new byte[count];
        source.Read(Position, bytes, field);
        (_bufferStart, _count, _at) = (Position + (long)count, 0, 0);
        return bytes;
    }

    /// <summary>The next little-endian unsigned integer of 1 to 8 bytes.</summary>
    public ulong Unsigned(int size)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        for (var i = 0; i < size; i++)
        {
            bytes[i] = Byte();
        }
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>The text up to the next line feed, which is consumed.</summary>
    public string Line()
    {
        var line = new List<byte>();
        for (var next = Byte(); next != '\n'; next = Byte())
        {
            line.Add(next);
            if (line.Count > MaxLine)
            {
                throw new CheckpointFormatException(FilePath, $"{field}, offset {Position}", $"a line of at most {MaxLine} bytes", "a longer one");
            }
        }
        return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
    }

    private void Fill()
    {
        var count = (int)Math.Min(_buffer.Length, Remaining);
        if (count <= 0)
        {
            throw new CheckpointFormatException(FilePath, $"{field}, offset {Position}", "more bytes", "the end of the file: it is truncated");
        }
        _bufferStart = Position;
        source.Read(_bufferStart, _buffer.AsSpan(0, count), field);
        (_count, _at) = (count, 0);
    }
}
