using System.Buffers.Binary;

namespace SAMed.MLNet.Shared;

/// <summary>The CRC-32 of zip, gzip and PNG files. On processors with wide registers checking costs a fraction of reading from the disk's cache; elsewhere eight bytes at a time
/// go through tables.</summary>
internal struct Crc32
{
    /// <summary>The polynomial, reflected.</summary>
    public const uint Polynomial = 0xEDB88320;
    private const int WorthFolding = 4 * Crc32Folding.Block;
    private static readonly uint[][] Tables = BuildTables();
    private uint _state;

    /// <summary>The checksum of everything appended so far.</summary>
    public readonly uint Value => _state;

    /// <summary>The checksum of <paramref name="bytes"/>.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = default(Crc32);
        crc.Append(bytes);
        return crc.Value;
    }

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes) =>
        _state = ~(Crc32Thinning.IsSupported && bytes.Length >= Crc32Thinning.WorthIt ? Crc32Thinning.Append(~_state, bytes, left => After(0, left)) : After(~_state, bytes));

    /// <summary>The state after <paramref name="bytes"/> by the quickest way for a few thousand of them: the complement of the checksum.</summary>
    private static uint After(uint state, ReadOnlySpan<byte> bytes)
    {
        if (Crc32Folding.IsSupported && bytes.Length >= WorthFolding)
        {
            var folded = bytes.Length - (bytes.Length % Crc32Folding.Block);
            Span<byte> residue = stackalloc byte[16];
            Crc32Folding.Fold(state, bytes[..folded], residue);
            state = ByTables(0, residue);
            bytes = bytes[folded..];
        }
        return ByTables(state, bytes);
    }

    /// <summary>The same by tables alone.</summary>
    internal static uint ByTables(uint crc, ReadOnlySpan<byte> bytes)
    {
        var (t0, t1, t2, t3, t4, t5, t6, t7) = (Tables[0], Tables[1], Tables[2], Tables[3], Tables[4], Tables[5], Tables[6], Tables[7]);
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = t7[low & 0xff] ^ t6[(low >> 8) & 0xff] ^ t5[(low >> 16) & 0xff] ^ t4[low >> 24]
                ^ t3[high & 0xff] ^ t2[(high >> 8) & 0xff] ^ t1[(high >> 16) & 0xff] ^ t0[high >> 24];
        }
        foreach (var next in bytes)
        {
            crc = t0[(crc ^ next) & 0xff] ^ (crc >> 8);
        }
        return crc;
    }

    private static uint[][] BuildTables()
    {
        var tables = new uint[8][];
        for (var table = 0; table < 8; table++)
        {
            tables[table] = new uint[256];
            for (uint value = 0; value < 256; value++)
            {
                tables[table][value] = table == 0 ? ShiftByte(value) : tables[0][tables[table - 1][value] & 0xff] ^ (tables[table - 1][value] >> 8);
            }
        }
        return tables;
    }

    private static uint ShiftByte(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
        {
            value = (value & 1) != 0 ? Polynomial ^ (value >> 1) : value >> 1;
        }
        return value;
    }
}
