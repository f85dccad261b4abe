using System.Buffers.Binary;
using System.Text;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>Makes one symbol-version requirement of a 64-bit little-endian ELF library optional.</summary>
/// <remarks>Two bytes change: <c>VER_FLG_WEAK</c> in the version's <c>vna_flags</c> and <c>STB_WEAK</c> in the binding of the one symbol that asks for
/// it. The dynamic linker then loads the library where the version is missing, and the symbol is null. Layouts: System V ABI and the Linux Standard
/// Base, "Symbol Versioning".</remarks>
internal static class ElfVersionNeed
{
    private const uint DynamicSymbols = 11;
    private const uint VersionNeeds = 0x6ffffffe;
    private const uint VersionIndices = 0x6fffffff;
    private const int SymbolSize = 24;
    private const ushort WeakVersion = 2;
    private const byte WeakBinding = 2;

    private readonly record struct Section(int Offset, int Size, int Link, int Entries);

    /// <summary>A copy of <paramref name="image"/> in which <paramref name="version"/> and the symbol <paramref name="symbol"/> are weak.</summary>
    /// <exception cref="InvalidDataException">The image is no such library, or any other symbol needs that version.</exception>
    public static byte[] MakeOptional(ReadOnlySpan<byte> image, string version, string symbol)
    {
        try
        {
            return Patch(image.ToArray(), version, symbol);
        }
        catch (Exception error) when (error is ArgumentOutOfRangeException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("The library's section tables point outside the file.", error);
        }
    }

    private static byte[] Patch(byte[] image, string version, string symbol)
    {
        if (image.Length < 64 || !image.AsSpan(0, 6).SequenceEqual("\u007fELF\u0002\u0001"u8))
        {
            throw new InvalidDataException("Not a 64-bit little-endian ELF library.");
        }
        var (flagsAt, index) = FindVersion(image, version);
        var users = SymbolsOfVersion(image, index);
        if (users.Count != 1 || users[0].Name != symbol)
        {
            throw new InvalidDataException(
                $"{version} is needed by {users.Count} symbol(s) ({string.Join(", ", users.Select(user => user.Name).Take(5))}), expected {symbol} alone.");
        }
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(flagsAt), (ushort)(ReadUInt16(image, flagsAt) | WeakVersion));
        var infoAt = users[0].Offset + 4;
        image[infoAt] = (byte)(WeakBinding << 4 | image[infoAt] & 0xf);
        return image;
    }

    /// <summary>Place of the version's flags in the file, and the index by which symbols refer to it.</summary>
    private static (int FlagsAt, int Index) FindVersion(byte[] image, string version)
    {
        var needs = FindSection(image, VersionNeeds);
        var names = SectionAt(image, needs.Link);
        var need = needs.Offset;
        for (var i = 0; i < needs.Entries; i++)
        {
            var entry = need + ReadInt32(image, need + 8);
            for (var k = ReadUInt16(image, need + 2); k > 0; k--)
            {
                if (ReadName(image, names, ReadInt32(image, entry + 8)) == version)
                {
                    return (entry + 4, ReadUInt16(image, entry + 6));
                }
                entry += ReadInt32(image, entry + 12);
            }
            need += ReadInt32(image, need + 12);
        }
        throw new InvalidDataException($"The library does not need {version}.");
    }

    private static List<(int Offset, string Name)> SymbolsOfVersion(byte[] image, int index)
    {
        var symbols = FindSection(image, DynamicSymbols);
        var names = SectionAt(image, symbols.Link);
        var versions = FindSection(image, VersionIndices);
        var found = new List<(int, string)>();
        for (var i = 0; i < symbols.Size / SymbolSize; i++)
        {
            if ((ReadUInt16(image, versions.Offset + 2 * i) & 0x7fff) == index)
            {
                var offset = symbols.Offset + SymbolSize * i;
                found.Add((offset, ReadName(image, names, ReadInt32(image, offset))));
            }
        }
        return found;
    }

    private static Section FindSection(byte[] image, uint type)
    {
        var count = ReadUInt16(image, 0x3c);
        for (var i = 0; i < count; i++)
        {
            if ((uint)ReadInt32(image, HeaderAt(image, i) + 4) == type)
            {
                return SectionAt(image, i);
            }
        }
        throw new InvalidDataException($"The library has no section of type 0x{type:x}.");
    }

    private static Section SectionAt(byte[] image, int index)
    {
        var header = HeaderAt(image, index);
        return new Section(ReadOffset(image, header + 24), ReadOffset(image, header + 32), ReadInt32(image, header + 40), ReadInt32(image, header + 44));
    }

    private static int HeaderAt(byte[] image, int index) => checked(ReadOffset(image, 0x28) + index * ReadUInt16(image, 0x3a));

    private static string ReadName(byte[] image, Section names, int offset)
    {
        var rest = image.AsSpan(names.Offset, names.Size)[offset..];
        return Encoding.ASCII.GetString(rest[..Math.Max(0, rest.IndexOf((byte)0))]);
    }

    private static ushort ReadUInt16(byte[] image, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(offset));

    private static int ReadInt32(byte[] image, int offset) => BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(offset));

    private static int ReadOffset(byte[] image, int offset) => checked((int)BinaryPrimitives.ReadInt64LittleEndian(image.AsSpan(offset)));
}
