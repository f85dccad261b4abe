using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Imaging.Pictures;

/// <summary>Writes one slice as a grey PNG of 8 or 16 bits.</summary>
internal static class PngWriter
{
    /// <summary>Ids as grey values, 16 bit when one is above 255.</summary>
    /// <exception cref="NotSupportedException">There are several slices.</exception>
    public static void Write(string path, LabelVolume labels, string description) =>
        Write(path, labels.Geometry, labels.Voxels, labels.Voxels.Any(id => id > byte.MaxValue) ? 16 : 8, description);

    /// <summary>Intensities of 0..1 as grey values.</summary>
    /// <exception cref="ArgumentException">A value is outside 0..1 or the storage is signed.</exception>
    /// <exception cref="NotSupportedException">There are several slices.</exception>
    public static void Write(string path, Volume<float> image, ImageStorage storage, string description)
    {
        if (storage == ImageStorage.Int16)
        {
            throw new ArgumentException($"{path}: PNG stores no signed numbers. Choose UInt8, or Float32 or UInt16 for 16 bits.", nameof(storage));
        }
        if (Array.FindIndex(image.Voxels, value => value is not (>= 0 and <= 1)) is var at and >= 0)
        {
            throw new ArgumentException(FormattableString.Invariant($"{path}: a PNG holds intensities from 0 to 1, got {image.Voxels[at]}. Window the image first, or write NIfTI."), nameof(image));
        }
        var bits = storage == ImageStorage.UInt8 ? 8 : 16;
        Write(path, image.Geometry, Array.ConvertAll(image.Voxels, value => (ushort)MathF.Round(value * ((1 << bits) - 1))), bits, description);
    }

    private static void Write(string path, Geometry geometry, ushort[] samples, int bits, string description)
    {
        if (geometry.Depth != 1)
        {
            throw new NotSupportedException($"{path}: a PNG holds one slice, and this volume has {geometry.Depth}. Write .nii.gz instead.");
        }
        AtomicFile.Write(path, stream =>
        {
            stream.Write(PngChunks.Signature);
            var header = new byte[13];
            BinaryPrimitives.WriteInt32BigEndian(header, geometry.Width);
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), geometry.Height);
            (header[8], header[9]) = ((byte)bits, (byte)PngColor.Grey);
            WriteChunk(stream, "IHDR", header);
            if (description.Length > 0)
            {
                WriteChunk(stream, "tEXt", Encoding.Latin1.GetBytes($"{PngChunks.DescriptionKeyword}\0{description}"));
            }
            WriteChunk(stream, "IDAT", Compress(samples, geometry.Width, bits));
            WriteChunk(stream, "IEND", []);
        });
    }

    private static byte[] Compress(ushort[] samples, int width, int bits)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            // The byte before a row's samples says that they are not filtered.
            var row = new byte[1 + (width * bits / 8)];
            for (var first = 0; first < samples.Length; first += width)
            {
                for (var x = 0; x < width; x++)
                {
                    if (bits == 8)
                    {
                        row[1 + x] = (byte)samples[first + x];
                    }
                    else
                    {
                        BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(1 + (2 * x)), samples[first + x]);
                    }
                }
                zlib.Write(row);
            }
        }
        return compressed.ToArray();
    }

    private static void WriteChunk(FileStream stream, string type, byte[] content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        stream.Write(number);
        var name = Encoding.Latin1.GetBytes(type);
        stream.Write(name);
        stream.Write(content);
        var crc = default(Crc32);
        crc.Append(name);
        crc.Append(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, crc.Value);
        stream.Write(number);
    }
}
