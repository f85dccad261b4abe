using System.Buffers.Binary;

namespace SAMed.MLNet.Imaging.Pictures;

/// <summary>Kinds of PNG pixels. Source: PNG specification (W3C), section 11.2.1.</summary>
internal enum PngColor : byte
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    Rgba = 6,
}

/// <summary>The IHDR chunk.</summary>
internal sealed record PngHeader(int Width, int Height, int BitDepth, PngColor Color, bool Interlaced)
{
    private const int Length = 13;

    /// <summary>Samples of one pixel.</summary>
    public int SamplesPerPixel => Color switch { PngColor.Grey or PngColor.Palette => 1, PngColor.GreyAlpha => 2, PngColor.Rgb => 3, _ => 4 };

    /// <summary>2^bits − 1.</summary>
    public int MaxSample => (1 << BitDepth) - 1;

    /// <summary>Bytes of <paramref name="pixels"/> pixels in a row, without the filter's.</summary>
    public int RowBytes(int pixels) => (int)((((long)pixels * SamplesPerPixel * BitDepth) + 7) / 8);

    /// <summary>Reads the chunk's content.</summary>
    /// <exception cref="VolumeFormatException">A field has a value that PNG does not know.</exception>
    public static PngHeader Read(ReadOnlySpan<byte> chunk, string path)
    {
        if (chunk.Length != Length)
        {
            throw new VolumeFormatException(path, "IHDR", $"{Length} bytes", $"{chunk.Length}");
        }
        Picture.CheckSize(path, BinaryPrimitives.ReadUInt32BigEndian(chunk), BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]));
        var (bits, color) = (chunk[8], (PngColor)chunk[9]);
        var allowed = color switch
        {
            PngColor.Grey => bits is 1 or 2 or 4 or 8 or 16,
            PngColor.Palette => bits is 1 or 2 or 4 or 8,
            PngColor.Rgb or PngColor.GreyAlpha or PngColor.Rgba => bits is 8 or 16,
            _ => false,
        };
        if (!allowed || chunk[10] != 0 || chunk[11] != 0 || chunk[12] > 1)
        {
            throw new VolumeFormatException(path, "IHDR", "a colour type with a bit depth, compression, filter and interlace method that PNG knows",
                $"colour type {chunk[9]}, {bits} bits, methods {chunk[10]}, {chunk[11]}, {chunk[12]}");
        }
        return new(BinaryPrimitives.ReadInt32BigEndian(chunk), BinaryPrimitives.ReadInt32BigEndian(chunk[4..]), bits, color, chunk[12] == 1);
    }
}
