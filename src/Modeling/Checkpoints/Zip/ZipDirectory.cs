using System.Buffers.Binary;
using System.Text;
using SAMed.MLNet.Modeling.Checkpoints.Bytes;

namespace SAMed.MLNet.Modeling.Checkpoints.Zip;

/// <summary>The central directory of a zip archive (PKWARE APPNOTE 6.3: plain and zip64), every record checked against the file's length.</summary>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054b50;
    private const uint End64Signature = 0x06064b50;
    private const uint Locator64Signature = 0x07064b50;
    private const uint CentralSignature = 0x02014b50;
    private const uint LocalSignature = 0x04034b50;
    private const int EndLength = 22;
    private const int CentralLength = 46;
    private const int LocalLength = 30;

    // A deflate stream cannot grow more than 1032-fold; weights grow 1.1-fold. Small records may be all zeros.
    private const long MaxRatio = 200;
    private const long AlwaysAllowedLength = 16L << 20;

    /// <summary>All records, in the directory's order.</summary>
    public static IReadOnlyList<ZipEntry> Read(IByteSource source)
    {
        var (offset, length, count) = FindDirectory(source);
        if (offset < 0 || length < 0 || offset > source.Length - length || length > int.MaxValue || count < 0 || count > length / CentralLength)
        {
            throw Fault(source, "zip directory", "a directory inside the file", $"{count} records in {length} bytes at offset {offset} of {source.Length}");
        }
        var directory = new byte[length];
        source.Read(offset, directory, "zip directory");
        var entries = new List<ZipEntry>();
        var at = 0;
        for (long i = 0; i < count; i++)
        {
            entries.Add(ReadEntry(source, directory, ref at, offset));
        }
        RefuseOverlaps(source, entries);
        return entries;
    }

    private static (long Offset, long Length, long Count) FindDirectory(IByteSource source)
    {
        var tail = new byte[Math.Min(source.Length, EndLength + ushort.MaxValue)];
        source.Read(source.Length - tail.Length, tail, "zip end record");
        var end = tail.Length - EndLength;
        while (end >= 0 && U32(tail, end) != EndSignature)
        {
            end--;
        }
        if (end < 0)
        {
            throw Fault(source, "zip end record", "the archive's directory at the end of the file", "none: the file is truncated");
        }
        var locator = source.Length - tail.Length + end - 20;
        if (locator >= 0 && ReadAt(source, locator, 20) is var bytes && U32(bytes, 0) == Locator64Signature)
        {
            var end64 = ReadAt(source, I64(source, bytes, 8), 56);
            return U32(end64, 0) == End64Signature
                ? (I64(source, end64, 48), I64(source, end64, 40), I64(source, end64, 32))
                : throw Fault(source, "zip64 end record", "its signature", $"0x{U32(end64, 0):x8}");
        }
        return (U32(tail, end + 16), U32(tail, end + 12), U16(tail, end + 10));
    }

    private static ZipEntry ReadEntry(IByteSource source, byte[] directory, ref int at, long directoryOffset)
    {
        if (directory.Length - at < CentralLength || U32(directory, at) != CentralSignature)
        {
            throw Fault(source, "zip directory", $"a record at byte {at}", "other bytes");
        }
        var header = directory.AsSpan(at, CentralLength);
        int nameLength = U16(header, 28), extraLength = U16(header, 30), commentLength = U16(header, 32);
        if (directory.Length - at - CentralLength < nameLength + extraLength + commentLength)
        {
            throw Fault(source, "zip directory", $"a record of {nameLength + extraLength + commentLength} bytes", $"{directory.Length - at - CentralLength} left");
        }
        var name = Encoding.UTF8.GetString(directory, at + CentralLength, nameLength);
        var sizes = Sizes64(source, name, header, directory.AsSpan(at + CentralLength + nameLength, extraLength));
        at += CentralLength + nameLength + extraLength + commentLength;
        var (flags, method) = (U16(header, 8), U16(header, 10));
        if ((flags & 1) != 0 || method is not (0 or 8))
        {
            throw Fault(source, name, "a stored or deflated record", (flags & 1) != 0 ? "an encrypted one" : $"compression method {method}");
        }
        var dataOffset = DataOffset(source, name, sizes.LocalOffset);
        var entry = new ZipEntry(name, method == 8, U32(header, 16), sizes.Compressed, sizes.Length, dataOffset);
        CheckSizes(source, entry, directoryOffset);
        return entry;
    }

    private static (long Length, long Compressed, long LocalOffset) Sizes64(IByteSource source, string name, ReadOnlySpan<byte> header, ReadOnlySpan<byte> extra)
    {
        long length = U32(header, 24), compressed = U32(header, 20), local = U32(header, 42);
        while (extra.Length >= 4)
        {
            var (id, size) = (U16(extra, 0), U16(extra, 2));
            if (size > extra.Length - 4)
            {
                break;
            }
            if (id == 1)
            {
                var field = extra.Slice(4, size);
                length = Take64(source, name, length, ref field);
                compressed = Take64(source, name, compressed, ref field);
                local = Take64(source, name, local, ref field);
            }
            extra = extra[(4 + size)..];
        }
        return (length, compressed, local);
    }

    private static long Take64(IByteSource source, string name, long value, ref ReadOnlySpan<byte> field)
    {
        if (value != uint.MaxValue)
        {
            return value;
        }
        if (field.Length < 8)
        {
            throw Fault(source, name, "a 64-bit size in its zip64 field", $"{field.Length} bytes");
        }
        var result = I64(source, field, 0);
        field = field[8..];
        return result;
    }

    private static long DataOffset(IByteSource source, string name, long localOffset)
    {
        var local = ReadAt(source, localOffset, LocalLength);
        return U32(local, 0) == LocalSignature
            ? localOffset + LocalLength + U16(local, 26) + U16(local, 28)
            : throw Fault(source, name, $"a local record at offset {localOffset}", $"0x{U32(local, 0):x8}");
    }

    private static void CheckSizes(IByteSource source, ZipEntry entry, long directoryOffset)
    {
        if (entry.CompressedLength < 0 || entry.Length < 0 || entry.DataOffset > directoryOffset || entry.CompressedLength > directoryOffset - entry.DataOffset)
        {
            throw Fault(source, entry.Name, "a record inside the file", $"{entry.CompressedLength} bytes at offset {entry.DataOffset} of {source.Length}");
        }
        if (!entry.IsDeflated && entry.Length != entry.CompressedLength)
        {
            throw Fault(source, entry.Name, "a stored record of one size", $"{entry.CompressedLength} bytes that claim to be {entry.Length}");
        }
        if (entry.Length > AlwaysAllowedLength && entry.Length / MaxRatio > entry.CompressedLength)
        {
            throw Fault(source, entry.Name, $"a record that grows at most {MaxRatio}-fold", $"{entry.CompressedLength} bytes that claim to inflate to {entry.Length} (a zip bomb)");
        }
    }

    private static void RefuseOverlaps(IByteSource source, IEnumerable<ZipEntry> entries)
    {
        ZipEntry? last = null;
        foreach (var entry in entries.OrderBy(entry => entry.DataOffset).ThenBy(entry => entry.CompressedLength))
        {
            if (last is not null && last.DataOffset + last.CompressedLength > entry.DataOffset)
            {
                throw Fault(source, entry.Name, "records that do not overlap", $"bytes shared with {last.Name} (a zip bomb or a damaged directory)");
            }
            last = entry;
        }
    }

    private static byte[] ReadAt(IByteSource source, long offset, int count)
    {
        var bytes = new byte[count];
        source.Read(offset, bytes, "zip record");
        return bytes;
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(IByteSource source, ReadOnlySpan<byte> bytes, int at)
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
        return value >= 0 ? value : throw Fault(source, "zip64 field", "a size", $"{value}");
    }

    private static CheckpointFormatException Fault(IByteSource source, string field, string expected, string got) => new(source.FilePath, field, expected, got);
}
