using System.Buffers.Binary;
using System.Text;
using SAMed.MLNet.Imaging.Binary;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Imaging.Pictures;

/// <summary>The chunks of a PNG file that matter here, each checked by its CRC.</summary>
internal sealed class PngChunks
{
    /// <summary>The keyword of the text that says what the file holds.</summary>
    public const string DescriptionKeyword = "Description";

    private PngChunks(PngHeader header) => Header = header;

    /// <summary>The first eight bytes of every PNG file.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>IHDR.</summary>
    public PngHeader Header { get; }

    /// <summary>PLTE: red, green and blue of each index.</summary>
    public byte[]? Palette { get; private set; }

    /// <summary>tRNS: the alpha of each index, or the one colour that is transparent.</summary>
    public byte[]? Transparency { get; private set; }

    /// <summary>The tEXt of that keyword, or empty.</summary>
    public string Description { get; private set; } = "";

    /// <summary>All IDAT, one after the other; empty when only the header was wanted.</summary>
    public MemoryStream Data { get; } = new();

    /// <summary>Reads a file, or what comes before its pixels.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">The file is damaged or truncated.</exception>
    public static PngChunks Read(string path, bool withData)
    {
        using var stream = InputFile.Open(path);
        Span<byte> signature = stackalloc byte[8];
        if (stream.ReadAtLeast(signature, 8, throwOnEndOfStream: false) < 8 || !signature.SequenceEqual(Signature))
        {
            throw new VolumeFormatException(path, "signature", "that of PNG", Convert.ToHexString(signature));
        }
        Span<byte> head = stackalloc byte[8];
        var type = Next(stream, head, path);
        if (type != "IHDR")
        {
            throw new VolumeFormatException(path, "first chunk", "IHDR", type);
        }
        var chunks = new PngChunks(PngHeader.Read(Content(stream, head, path), path));
        for (type = Next(stream, head, path); type != "IEND" && (withData || type != "IDAT"); type = Next(stream, head, path))
        {
            chunks.Take(type, Content(stream, head, path), path);
        }
        if (withData)
        {
            _ = Content(stream, head, path);
        }
        return chunks.Header.Color != PngColor.Palette || chunks.Palette is not null ? chunks : throw new VolumeFormatException(path, "palette", "a PLTE chunk before the pixels", "none");
    }

    private void Take(string type, byte[] content, string path)
    {
        switch (type)
        {
            case "PLTE":
                Palette = content.Length % 3 == 0 && content.Length is > 0 and <= 3 * 256 ? content
                    : throw new VolumeFormatException(path, "palette", "1 to 256 colours of 3 bytes", $"{content.Length} bytes");
                break;
            case "tRNS":
                Transparency = content;
                break;
            case "tEXt" when Array.IndexOf(content, (byte)0) is var end and > 0 && Encoding.Latin1.GetString(content, 0, end) == DescriptionKeyword:
                Description = Encoding.Latin1.GetString(content, end + 1, content.Length - end - 1);
                break;
            case "IDAT":
                Data.Write(content);
                break;
            // A chunk with a capital first letter is one that no reader may pass over.
            case var other when char.IsAsciiLetterUpper(other[0]):
                throw new VolumeFormatException(path, "chunk", "IHDR, PLTE, IDAT or IEND, or one that may be passed over", other);
        }
    }

    /// <summary>Reads the length and the type of the next chunk into <paramref name="head"/>.</summary>
    private static string Next(FileStream stream, Span<byte> head, string path)
    {
        Fill(stream, head, path);
        return Encoding.Latin1.GetString(head[4..]);
    }

    private static byte[] Content(FileStream stream, ReadOnlySpan<byte> head, string path)
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(head);
        // The CRC follows the content.
        if (length > stream.Length - stream.Position - 4)
        {
            throw Truncated(path);
        }
        var content = new byte[length];
        Fill(stream, content, path);
        Span<byte> stored = stackalloc byte[4];
        Fill(stream, stored, path);
        var crc = default(Crc32);
        crc.Append(head[4..]);
        crc.Append(content);
        return crc.Value == BinaryPrimitives.ReadUInt32BigEndian(stored) ? content
            : throw new VolumeFormatException(path, $"chunk {Encoding.Latin1.GetString(head[4..])}", "content that has its checksum", "another; the file is damaged");
    }

    private static void Fill(FileStream stream, Span<byte> buffer, string path)
    {
        if (stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) < buffer.Length)
        {
            throw Truncated(path);
        }
    }

    private static VolumeFormatException Truncated(string path) => new(path, "chunks", "a file that ends with IEND", "one that ends before; it is truncated");
}
