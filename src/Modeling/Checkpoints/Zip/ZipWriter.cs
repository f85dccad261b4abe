using System.Buffers.Binary;
using System.Text;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Modeling.Checkpoints.Zip;

/// <summary>Writes a zip archive of stored records whose data start at multiples of 64 bytes, as torch.save does, so that readers can map them.
/// The result depends on the content only.</summary>
/// <param name="stream">Where to write; nothing is ever read back or moved.</param>
/// <param name="zip64From">Sizes and offsets from here on are written in the zip64 form; lower only in tests.</param>
internal sealed class ZipWriter(Stream stream, long zip64From = uint.MaxValue)
{
    private const int Alignment = 64;
    private const ushort Utf8Names = 1 << 11;
    private const ushort FirstOfJanuary1980 = (1 << 5) | 1;
    private readonly List<(string Name, uint Crc, long Length, long Offset)> _entries = [];
    private long _position;

    /// <summary>Appends a record of <paramref name="length"/> bytes; <paramref name="write"/> writes exactly those.</summary>
    public void Add(string name, uint crc, long length, Action<Stream> write)
    {
        _entries.Add((name, crc, length, _position));
        var is64 = length >= zip64From;
        var utf8 = Encoding.UTF8.GetBytes(name);
        var sizes = is64 ? Field(1, 16, field => WriteSizes(field, length)) : [];
        var unpadded = _position + 30 + utf8.Length + sizes.Length + 4;
        var padding = Field('F' | ('B' << 8), (int)((Alignment - (unpadded % Alignment)) % Alignment), field => field.Fill((byte)'Z'));
        var header = new byte[30];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x04034b50);
        WriteCommon(header.AsSpan(4), crc, is64 ? uint.MaxValue : length, is64);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(26), checked((ushort)utf8.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(28), (ushort)(sizes.Length + padding.Length));
        Write(header);
        Write(utf8);
        Write(sizes);
        Write(padding);
        write(stream);
        _position += length;
    }

    /// <summary>Appends a small record.</summary>
    public void Add(string name, byte[] content) => Add(name, Crc32.Of(content), content.Length, destination => destination.Write(content));

    /// <summary>Writes the directory; nothing may follow.</summary>
    public void Finish()
    {
        var start = _position;
        foreach (var entry in _entries)
        {
            WriteCentral(entry);
        }
        var length = _position - start;
        var is64 = start >= zip64From || length >= zip64From || _entries.Count >= ushort.MaxValue;
        if (is64)
        {
            WriteEnd64(start, length);
        }
        var end = new byte[22];
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06054b50);
        var count = (ushort)(is64 ? ushort.MaxValue : _entries.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(8), count);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(10), count);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(12), is64 ? uint.MaxValue : (uint)length);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(16), is64 ? uint.MaxValue : (uint)start);
        Write(end);
    }

    private void WriteCentral((string Name, uint Crc, long Length, long Offset) entry)
    {
        var is64 = entry.Length >= zip64From || entry.Offset >= zip64From;
        var utf8 = Encoding.UTF8.GetBytes(entry.Name);
        var extra = is64 ? Field(1, 24, field =>
        {
            WriteSizes(field, entry.Length);
            BinaryPrimitives.WriteInt64LittleEndian(field[16..], entry.Offset);
        }) : [];
        var header = new byte[46];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x02014b50);
        WriteCommon(header.AsSpan(6), entry.Crc, is64 ? uint.MaxValue : entry.Length, is64);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(28), (ushort)utf8.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(30), (ushort)extra.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(42), is64 ? uint.MaxValue : (uint)entry.Offset);
        Write(header);
        Write(utf8);
        Write(extra);
    }

    private void WriteEnd64(long start, long length)
    {
        var at = _position;
        var end = new byte[56];
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06064b50);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(4), end.Length - 12);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(12), 45);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(14), 45);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(24), _entries.Count);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(32), _entries.Count);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(40), length);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(48), start);
        Write(end);
        var locator = new byte[20];
        BinaryPrimitives.WriteUInt32LittleEndian(locator, 0x07064b50);
        BinaryPrimitives.WriteInt64LittleEndian(locator.AsSpan(8), at);
        BinaryPrimitives.WriteInt32LittleEndian(locator.AsSpan(16), 1);
        Write(locator);
    }

    // The fields that local and central headers share, from "version needed" to "uncompressed size".
    private static void WriteCommon(Span<byte> header, uint crc, long length, bool is64)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)(is64 ? 45 : 20));
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], Utf8Names);
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], FirstOfJanuary1980);
        BinaryPrimitives.WriteUInt32LittleEndian(header[10..], crc);
        BinaryPrimitives.WriteUInt32LittleEndian(header[14..], (uint)length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[18..], (uint)length);
    }

    private static void WriteSizes(Span<byte> field, long length)
    {
        BinaryPrimitives.WriteInt64LittleEndian(field, length);
        BinaryPrimitives.WriteInt64LittleEndian(field[8..], length);
    }

    private delegate void FieldContent(Span<byte> field);

    private static byte[] Field(int id, int length, FieldContent content)
    {
        var field = new byte[4 + length];
        BinaryPrimitives.WriteUInt16LittleEndian(field, (ushort)id);
        BinaryPrimitives.WriteUInt16LittleEndian(field.AsSpan(2), (ushort)length);
        content(field.AsSpan(4));
        return field;
    }

    private void Write(byte[] bytes)
    {
        stream.Write(bytes);
        _position += bytes.Length;
    }
}
